// Deaths while an image is being installed. The few effects between a whole image and a log that
// begins after it are where state and log disagree; crashes at random times hardly ever hit them.
import type { Random } from '../../base/index.ts'
import type { World } from './world.ts'

/** Most effects a process has left from the last piece of an image on. */
const effectsMax = 40

/** Watches a world for images that have arrived. */
export class InstallCrashes {
  readonly #world: World
  readonly #random: Random

  constructor(world: World) {
    this.#world = world
    this.#random = world.random.fork('install-crashes')
  }

  /** Begins, in runs where processes die at all. */
  start(): void {
    if (this.#world.swarm.faults.crashMs === 0) return
    this.#world.listen((event) => {
      if (event.type !== 'message-delivered' || event.message.type !== 'image-chunk') return
      if (event.message.isLast) this.#arrived(event.message.to)
    })
  }

  #arrived(id: number): void {
    if (this.#world.phase !== 'faults' || !this.#random.ratio(1, 3)) return
    const how = this.#random.ratio(1, 2) ? 'power' : 'kill'
    const effects = 1 + this.#random.below(effectsMax)
    this.#world.note(() => `${id}: ${how} fails ${effects} effects after an image`)
    this.#world.process(id).dieAtEffect(effects, how)
  }
}
