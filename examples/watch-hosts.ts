// Prints the hosts of a cluster and every change of them, until Ctrl-C. Run it with the addresses
// of schedulers. docs/client.md shows this file.
import * as damselfly from 'damselfly/client'

const { random } = damselfly.systemRandom()
const ports = { clock: new damselfly.SystemClock(), random, logger: damselfly.nullLogger }
const hosts = new Map<string, unknown>()

function take(rows: readonly damselfly.WatchedRow[]): void {
  for (const { key, value } of rows) {
    if (value === undefined) hosts.delete(key)
    else hosts.set(key, value)
  }
  console.log('hosts:', [...hosts.keys()].join(', '))
}

const watch = damselfly.watchCluster(
  ports,
  { addresses: process.argv.slice(2), tables: ['hosts'] },
  {
    onList({ rows, isFirst }) {
      if (isFirst) hosts.clear()
      take(rows)
    },
    onChange: ({ rows }) => take(rows),
    onInterrupted: (error, address) => console.log(`${address}: ${error.message}; trying on`),
  },
)
process.once('SIGINT', () => watch.stop())
