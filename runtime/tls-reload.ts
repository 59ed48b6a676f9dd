import type { Logger } from '../base/index.ts'
import type { TlsFiles } from './tls-files.ts'

/** Follows the files for the life of a process: by itself, and at once on SIGHUP; ends with it. */
export async function followTlsFiles(
  files: TlsFiles,
  logger: Logger,
): Promise<() => Promise<void>> {
  await files.start()
  const reload = (): void => {
    logger.info({}, 'looking for new certificates')
    void files.reload()
  }
  process.on('SIGHUP', reload)
  return async () => {
    process.off('SIGHUP', reload)
    await files.stop()
  }
}
