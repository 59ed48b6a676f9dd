// Announces a host, finds it in the list of hosts and takes it out again; then asks for a task that
// nobody knows. Run it with the addresses of schedulers. docs/client.md shows this file.
import * as damselfly from 'damselfly/client'

const { random } = damselfly.systemRandom()
const ports = { clock: new damselfly.SystemClock(), random, logger: damselfly.nullLogger }
const scheduler = new damselfly.SchedulerClient(ports, { addresses: process.argv.slice(2) })

const host = { id: 'example-host', hostname: 'example', ip: '127.0.0.1' }
const ofHost = { port: 65_000, downloadPort: 65_002 }
try {
  await scheduler.announceHost({ host: { ...host, ...ofHost }, interval: { seconds: 60 } })
  const { hosts } = await scheduler.listHosts({}, { deadlineMs: 5_000 })
  console.log('hosts:', hosts.map(({ id }) => id).join(', '))
  await scheduler.deleteHost({ hostId: host.id })
  await scheduler.statTask({ taskId: 'nobody-knows-it' })
} catch (error) {
  if (error instanceof damselfly.SchedulerUnavailableError) console.log('nobody answered')
  else if (error instanceof damselfly.DfError) console.log(`refused with ${error.dfCode}`)
  else throw error
  console.log('members asked:', damselfly.askedMembers(error).length)
} finally {
  scheduler.close()
}
