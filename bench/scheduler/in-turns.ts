/** Calls `work` for 0 … count - 1, at most `atOnce` of them at a time. */
export async function inTurns(
  count: number,
  atOnce: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const number = next
      next += 1
      await work(number)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker))
}
