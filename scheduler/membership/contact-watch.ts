// How long each member has been silent or in contact, in cluster time. Begins anew with every
// leader, who cannot know what others heard. Cluster time does not jump when this process pauses,
// so nobody fails because the leader itself was away.

/** Contact of one member. */
export interface Contact {
  /** Since it was heard last, or since this leader first looked. */
  readonly silentMs: number
  /** From the first to the last time it was heard in this contact; 0 = none lasts. */
  readonly contactMs: number
}

interface Heard {
  /** Last look at which it had been heard, or the first look of all. */
  lastMs: number
  /** First look of the contact that lasts; undefined = none does. */
  sinceMs: number | undefined
}

/** Follows the contact of all members from look to look. */
export class ContactWatch {
  readonly #breakMs: number
  readonly #heard = new Map<number, Heard>()

  /** `breakMs`: a longer silence ends a contact. */
  constructor({ breakMs }: { readonly breakMs: number }) {
    this.#breakMs = breakMs
  }

  /** One look at cluster time `nowMs`: everybody else by id, and whether it was heard since. */
  look(nowMs: number, members: ReadonlyMap<number, boolean>): ReadonlyMap<number, Contact> {
    for (const id of this.#heard.keys()) if (!members.has(id)) this.#heard.delete(id)
    const contacts = new Map<number, Contact>()
    for (const [id, isHeard] of members) {
      const heard = this.#heard.get(id) ?? { lastMs: nowMs, sinceMs: undefined }
      this.#heard.set(id, heard)
      if (nowMs - heard.lastMs > this.#breakMs) heard.sinceMs = undefined
      if (isHeard) {
        heard.lastMs = nowMs
        heard.sinceMs ??= nowMs
      }
      const { lastMs, sinceMs } = heard
      contacts.set(id, {
        silentMs: nowMs - lastMs,
        // Up to the last time it was heard: the silence since may be the end of the contact.
        contactMs: sinceMs === undefined ? 0 : lastMs - sinceMs,
      })
    }
    return contacts
  }

  clear(): void {
    this.#heard.clear()
  }
}
