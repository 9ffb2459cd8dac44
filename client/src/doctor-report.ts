import { describeFinding, type Finding, type Step, type Verdict } from './finding.ts'

/** As wide as the longest, so that the sentences stand in a column. */
const MARKS: Readonly<Record<Verdict, string>> = {
  ok: 'ok      ',
  odd: 'so-so   ',
  blocked: 'BLOCKED ',
  unknown: '?       ',
}

export function formatFinding(finding: Finding): string {
  return `${MARKS[finding.verdict]} ${describeFinding(finding)}`
}

/** Whether a page came in the end, which is what all the rest is for. */
export function isWell(findings: readonly Finding[]): boolean {
  return findings.some(({ step, verdict }) => step === 'page' && verdict === 'ok')
}

/** What it all comes to. */
export function summarize(findings: readonly Finding[]): string {
  const blocked = findings.filter(({ verdict }) => verdict === 'blocked')
  if (!isWell(findings)) {
    // Of several ways in, one is enough.
    const works = (step: Step) => findings.some((other) => other.step === step && other.verdict === 'ok')
    const first = blocked.find(({ step }) => !works(step))
    return `It does not work: ${first === undefined ? 'why could not be told.' : describeFinding(first)}`
  }
  if (blocked.length === 0) return 'Everything works.'
  return `It works. Not everything does: ${blocked.map(describeWithSubstitute(findings)).join(' ')}`
}

function describeWithSubstitute(findings: readonly Finding[]): (finding: Finding) => string {
  const instead = findings.find(({ step, verdict }) => step === 'ways in' && verdict === 'ok')
  return (finding) => {
    const { kind, server } = instead?.facts ?? {}
    if (finding.step === 'volunteer') return `${finding.sentence} Another way was found and used instead.`
    return finding.step === 'ways in' && kind !== undefined
      ? `${finding.sentence.replace(/\.$/, '')}; ${kind} to server ${server} was used instead.`
      : finding.sentence
  }
}

export interface Surroundings {
  readonly version: string
  readonly node: string
  readonly platform: string
  readonly arch: string
}

/** A bug report. It has in it what is listed here and no more: nothing that names a person, a machine or a network. */
export function formatReport(
  findings: readonly Finding[],
  { version, node, platform, arch }: Surroundings,
): string {
  const lines = findings.map(({ step, verdict, sentence, facts = {} }) => {
    const known = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
    return `${verdict.padEnd(8)} ${step.padEnd(10)} ${sentence}${known.length > 0 ? ` (${known.join(', ')})` : ''}`
  })
  return `Footbridge, report of its doctor
It names no address, host, link, user or file. Read it before you send it all the same.

version  ${version}, Node ${node}, ${platform} ${arch}

${lines.join('\n')}

${summarize(findings)}
`
}
