// A counter that three replicas agree on, in one process. raft/README.md shows this file.
import * as raft from 'damselfly/raft'

const asTimer = (timer: ReturnType<typeof setTimeout>) => ({ cancel: () => clearTimeout(timer) })
const setTimer = (delayMs: number, run: () => void) => asTimer(setTimeout(run, delayMs))
const sleep = (delayMs: number) => new Promise<void>((resolve) => void setTimer(delayMs, resolve))
const clock = { nowMs: () => performance.now(), wallMs: () => Date.now(), setTimer, sleep }
const random = new raft.Prng(crypto.randomUUID()) // another one for every life of a replica
const network = new raft.MemoryNetwork({ clock, random })

class Counter implements raft.StateMachine {
  count = 0
  members = raft.initialConfiguration({ voters: [1, 2, 3] })
  configuration = () => this.members
  durableIndex = () => 0 // nothing of it survives without the log
  digestMark = () => ({ index: 0, digest: new Uint8Array(0) })
  isOverloaded = () => false
  apply = (entries: readonly raft.Entry[]) =>
    entries.map((entry) => {
      if (entry.type === 'command') return (this.count += entry.data[0] ?? 0)
      if (entry.type === 'noop') return undefined
      const changed = raft.changeConfiguration(this.members, entry)
      this.members = changed.configuration
      return changed
    })
}

const replicas = [1, 2, 3].map((id) => {
  const counter = new Counter()
  const log = new raft.MemoryLogStorage({ clock })
  const ports = { clock, logger: raft.nullLogger, transport: network.transport(id), log }
  const own = { random: random.fork(`replica ${id}`), stateMachine: counter }
  const start = { configuration: counter.members, contents: raft.emptyLogContents, applied: 0 }
  const node = new raft.RaftNode({ ...ports, ...own }, { ...start, id, onFatal: console.error })
  return { id, counter, node }
})
for (const { node } of replicas) await node.start()
for (const { id, node, counter } of replicas) {
  const added = await node.propose(Uint8Array.of(id), { timeoutMs: 10_000 })
  console.log(`replica ${id} adds ${id}:`, added.ok ? added.result : added.reason)
  const read = await node.readIndex({ timeoutMs: 10_000 })
  console.log(`replica ${id} reads:`, read.ok ? counter.count : read.reason)
}
for (const { node } of replicas) await node.stop()
