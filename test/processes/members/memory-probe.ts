// Preloaded into a scheduler (`node --expose-gc --import …`): SIGUSR2 makes it collect its garbage,
// so that what is resident afterwards is what it needs at rest.
process.on('SIGUSR2', () => {
  globalThis.gc?.()
  globalThis.gc?.()
})
