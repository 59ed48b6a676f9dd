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
  /**
   * Sets who is told that the connection to a member ended and an immediate redial was refused:
   * nobody listens there any more. Silence, loss and a planned close say nothing.
   */
  onRefused(notice: (id: number) => void): void
  close(): Promise<void>
}
