import { readdirSync, readFileSync } from 'node:fs'

const KIB = 1_024
/** Ticks a second in which Linux tells processor time, whatever its own clock does (`sysconf(_SC_CLK_TCK)`). */
const TICKS_PER_SECOND = 100

/** Resident memory of a process, in bytes. Throws if it has ended. */
export function residentBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * KIB
}

/** Processor time that a process has taken so far, user and system, in seconds. Throws if it has ended. */
export function processorSeconds(pid: number): number {
  return readStat(pid).seconds
}

/** The same of a process and all that descend from it: those that run. */
export function processorSecondsOfTree(root: number): number {
  const processes = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return { pid: Number(name), ...readStat(Number(name)) }
    } catch {
      return [] // It ended meanwhile.
    }
  })
  const sum = (pid: number, seconds: number): number =>
    processes
      .filter(({ parent }) => parent === pid)
      .reduce((total, child) => total + sum(child.pid, child.seconds), seconds)
  return sum(root, processorSeconds(root))
}

/** See proc_pid_stat(5). */
function readStat(pid: number): { parent: number; seconds: number } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // What comes before is the program's name, which may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number)
  return { parent: parent ?? 0, seconds: ((user ?? 0) + (system ?? 0)) / TICKS_PER_SECOND }
}
