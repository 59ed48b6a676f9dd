// Places in an index `expiry`. Rows come to their ends in different ways: one waits for a deadline,
// another since its last change for as long as a setting says. Settings change, so what a setting
// says is no part of the index: a replica that built it before a change and one that did so later
// would have two. Rows are sorted by their kind of life and, within a kind, by the time it is
// counted from; the end is that time and the kind's lifetime as it is now.

/** More than any cluster time (35,000 years); four kinds of life still are exact numbers. */
const lifeSpan = 1_125_899_906_842_624

/** One sort value for a kind of life, from 0 to 6, and the time it is counted from. */
export function lifePlace(life: number, sinceMs: number): number {
  return life * lifeSpan + sinceMs
}

/** The kind of life of a place. */
export function lifeOf(place: number): number {
  return Math.floor(place / lifeSpan)
}

/** The time a place's life is counted from. */
export function sinceOf(place: number): number {
  return place - lifeOf(place) * lifeSpan
}
