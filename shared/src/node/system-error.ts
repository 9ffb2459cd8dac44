/** Where the operating system refused something, as Node tells it. */
export interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
  readonly path?: string
  readonly port?: number
}

export function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'syscall' in error &&
    typeof error.syscall === 'string'
  )
}

/** One sentence on what failed and how to mend it. Unlike the error's own message, it names no address. */
export function explainSystemError(error: SystemError): string {
  return error.syscall === 'listen' || error.syscall === 'bind' ? explainListen(error) : explainOther(error)
}

function explainListen({ code, port }: SystemError): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is in use: stop the program that has it, or choose another port`
    case 'EACCES':
      return `port ${port} is not open to this user: choose a port from 1024 up`
    case 'EADDRNOTAVAIL':
      return 'the address to listen on is not one of this machine: choose another, or 127.0.0.1'
    default:
      return `failed to listen on port ${port} (${code})`
  }
}

function explainOther({ code, syscall, path }: SystemError): string {
  const file = path ?? 'a file'
  switch (code) {
    case 'ENOENT':
      return `${file} does not exist: check the path`
    case 'EACCES':
    case 'EPERM':
      return `${file} is not open to this user: check its owner and mode`
    case 'EISDIR':
      return `${file} is a folder: name a file`
    case 'ENOSPC':
      return `the disk is full: make room`
    case 'ECONNREFUSED':
      return 'the server refused the connection: check that it runs, and its URL'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'a name does not resolve: check its spelling and the network'
    default:
      return `${syscall} failed (${code})`
  }
}
