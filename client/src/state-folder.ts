import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * Where the command keeps what it remembers: `$XDG_STATE_HOME/footbridge`, on Windows `%LOCALAPPDATA%\footbridge`, and by
 * default a folder in the user's home.
 */
export function defaultStateFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { XDG_STATE_HOME: xdg = '', LOCALAPPDATA: local = '' } = environment
  if (platform === 'win32' && local !== '') return join(local, 'footbridge')
  // A relative path is to be ignored, says the specification.
  return join(isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state'), 'footbridge')
}
