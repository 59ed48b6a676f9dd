/**
 * Moves messages between members. `send` never throws, never waits and may lose the message:
 * the protocol above repeats what matters. Per destination, what arrives arrives in order.
 */
export interface Transport<Message> {
  /**
   * Queues `message`; false when it was dropped at once (queue full, unknown destination, closed).
   */
  send(to: number, message: Message): boolean
  /** Sets the one receiver; messages that arrive before are dropped. */
  onMessage(receive: (message: Message) => void): void
  close(): Promise<void>
}
