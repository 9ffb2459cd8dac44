import { readFileSync } from 'node:fs'
import yargs, { type Argv, type InferredOptionType, type Options } from 'yargs'
import { FootbridgeError } from '../errors.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'
import { explainSystemError, isSystemError } from './system-error.ts'

/** An option as yargs takes it; `array: true` makes it repeatable. */
type CommandOption = Options & { readonly type: 'string' | 'number' | 'boolean' }
export type CommandOptions = Readonly<Record<string, CommandOption>>

type CamelCase<Name> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name

/** What `run` gets: each option under its name in camel case. */
export type OptionValues<O extends CommandOptions> = {
  readonly [Name in keyof O as CamelCase<Name>]: InferredOptionType<O[Name]>
}

/** What a command line may say. */
export interface CommandLine<O extends CommandOptions> {
  readonly name: string
  readonly description: string
  readonly version: string
  readonly logLevel: LogLevel
  readonly options: O
  /** What may follow the program's name without being an option or a subcommand. */
  readonly operand?: string
  /** Subcommands by name, each with its operands, all of them required. */
  readonly commands: Readonly<Record<string, CommandOperands & { readonly description: string }>>
}

/** What must follow a subcommand. */
export interface CommandOperands {
  readonly operands?: readonly string[]
  /** Name of what follows `--`: at least one word, each as it is, as another program's command line. */
  readonly rest?: string
}

/** What a command line said. */
export type Invocation<O extends CommandOptions> =
  | { readonly type: 'print'; readonly text: string }
  | {
      readonly type: 'run'
      /** `undefined` for the program itself. */
      readonly command: string | undefined
      readonly operands: readonly string[]
      readonly options: OptionValues<O>
      readonly logLevel: LogLevel
    }

const MAX_CONFIG_CHARS = 1_048_576
const ENVIRONMENT_PREFIX = 'FOOTBRIDGE_'

/**
 * Reads a command line. An option may come from the line itself, from the environment (`FOOTBRIDGE_LOG_LEVEL`; several
 * values divided by commas) or from the JSON file that `--config` names; the first of these that has it counts. Throws `usage`.
 */
export function parseCommandLine<const O extends CommandOptions>(
  line: CommandLine<O>,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Invocation<O> {
  let command: string | undefined
  let output = ''
  const parser = defineParser(line, environment)
  for (const [name, { description, operands = [], rest }] of Object.entries(line.commands)) {
    const usage = [name, ...operands.map((operand) => `<${operand}>`)].join(' ')
    const shown = rest === undefined ? usage : `${usage} -- <${rest}>`
    const builder = (subcommand: Argv) =>
      subcommand.usage(`$0 ${shown}\n\n${description}`).updateStrings(tooFewOperands(usage))
    parser.command(usage, description, builder, () => {
      command = name
    })
  }
  const values: Record<string, unknown> = parser.parseSync(args, {}, (_error, _values, text) => {
    output = text
  })
  if (output !== '') return { type: 'print', text: output }
  return {
    type: 'run',
    command,
    operands: readOperands(line, command, values),
    options: values as OptionValues<O>,
    logLevel: values.logLevel as LogLevel,
  }
}

/** The operands in the order in which they are named, then what follows `--`. Throws `usage`. */
function readOperands<O extends CommandOptions>(
  line: CommandLine<O>,
  command: string | undefined,
  values: Record<string, unknown>,
): string[] {
  const { operands = [], rest } = command === undefined ? {} : (line.commands[command] ?? {})
  const following = ((values['--'] as unknown[] | undefined) ?? []).map(String)
  if (rest === undefined && following.length > 0) {
    throw new FootbridgeError('usage', `nothing may follow -- here (see ${line.name} --help)`)
  }
  if (rest !== undefined && following.length === 0) {
    const usage = [line.name, command, ...operands.map((operand) => `<${operand}>`), '--', `<${rest}>`].join(
      ' ',
    )
    throw new FootbridgeError(
      'usage',
      `something is missing: the command is ${usage} (see ${line.name} --help)`,
    )
  }
  const own = command === undefined && line.operand !== undefined ? [line.operand] : operands
  return [
    ...own.flatMap((operand) => (values[operand] === undefined ? [] : [String(values[operand])])),
    ...following,
  ]
}

/** What yargs is to say instead of counting "non-option arguments". Its type leaves out that a text may have two forms. */
function tooFewOperands(usage: string): Record<string, string> {
  const text = `something is missing: the command is ${usage} (got %s of %s)`
  const forms: unknown = { one: text, other: text }
  return { 'Not enough non-option arguments: got %s, need at least %s': forms as string }
}

function defineParser<O extends CommandOptions>(line: CommandLine<O>, environment: NodeJS.ProcessEnv): Argv {
  const options: CommandOptions = {
    ...line.options,
    'log-level': {
      type: 'string',
      choices: LOG_LEVELS,
      default: line.logLevel,
      description: 'Least severe lines to log',
    },
  }
  const fromEnvironment = readEnvironment(options, environment)
  const shownOperand = line.operand === undefined ? '' : ` [${line.operand}]`
  const parser = yargs()
    .scriptName(line.name)
    .usage(`$0${shownOperand} [options]\n\n${line.description}`)
    .version(line.version)
    .detectLocale(false)
    .showHelpOnFail(false)
    .strict()
    .parserConfiguration({ 'populate--': true })
    .options(
      Object.fromEntries(Object.entries(options).map(([name, option]) => [name, oneValueEach(option)])),
    )
    .config(fromEnvironment)
    .config('config', 'JSON file with options', (path) => ({ ...readConfig(path), ...fromEnvironment }))
    .default('config', environment[`${ENVIRONMENT_PREFIX}CONFIG`], 'none')
    .check((values) => checkValues(options, values))
    .fail((message, error) => {
      throw new FootbridgeError('usage', `${oneLine(message ?? error.message)} (see ${line.name} --help)`)
    })
  return Object.keys(line.commands).length === 0
    ? parser
    : parser.command(`$0${shownOperand}`, false, {}, () => {})
}

/** Keeps a repeatable option from swallowing the operands after it, and `--option` without a value from being `''`. */
function oneValueEach(option: CommandOption): CommandOption {
  return option.type === 'boolean' ? option : { ...option, nargs: 1, requiresArg: true }
}

function checkValues(options: CommandOptions, values: Record<string, unknown>): true {
  for (const [name, { type, array }] of Object.entries(options)) {
    const value = values[name]
    if (value === undefined) continue
    if (!array && Array.isArray(value)) throw new Error(`--${name} may be given once`)
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one !== type || Number.isNaN(one)) throw new Error(`--${name} must be a ${type}`)
    }
  }
  return true
}

/** Only the variables of this command's own options: others may belong to another of the programs. */
function readEnvironment(options: CommandOptions, environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [name, { array }] of Object.entries(options)) {
    const text = environment[ENVIRONMENT_PREFIX + name.replaceAll('-', '_').toUpperCase()]
    if (text !== undefined) found[name] = array ? text.split(',') : text
  }
  return found
}

function readConfig(path: string): object {
  const config = parseJson(path, readConfigText(path))
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new Error(`${path} must hold one JSON object with options`)
  }
  return config
}

function readConfigText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw isSystemError(error) ? new Error(explainSystemError(error)) : error
  }
}

function parseJson(path: string, text: string): unknown {
  if (text.length > MAX_CONFIG_CHARS) throw new Error(`${path} is too long for a file of options`)
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${path} is not JSON: mend or remove it`)
  }
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, '; ')
}
