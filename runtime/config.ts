// One schema per daemon: flags before environment before file before default, parsed once and
// frozen. What nobody declared is refused with the nearest declared name.
import { parse as parseYaml } from 'yaml'
import { CodedError, GiB, KiB, MiB, messageOf, nearest } from '../base/index.ts'

/** What an option holds once parsed. Durations are ms, sizes bytes. */
interface OptionValues {
  readonly string: string
  readonly integer: number
  readonly boolean: boolean
  readonly duration: number
  readonly bytes: number
  readonly list: readonly string[]
}

type OptionType = keyof OptionValues

/** One option. `min` and `max` bound integers, durations (ms) and sizes (bytes), both included. */
export interface OptionSchema<Type extends OptionType = OptionType> {
  readonly type: Type
  /** Absent: the option is required, unless `optional`. */
  readonly default?: OptionValues[Type]
  readonly optional?: true
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  /** For lists: commas do not separate, each occurrence is one item. */
  readonly isWhole?: true
  /** One-letter flag. */
  readonly short?: string
  /** Shown by `--help`: what it does, with its unit. */
  readonly help: string
  /** The flag exists, the file and environment key does not. */
  readonly flagOnly?: true
  /** Where else it may stand in a file: keys from the outside in, joined by dots. */
  readonly path?: string
}

/** Options by their camelCase key; the flag is the same name in kebab-case. */
export type ConfigSchema = Readonly<Record<string, OptionSchema>>

type Value<Schema extends OptionSchema> = Schema extends { optional: true }
  ? OptionValues[Schema['type']] | undefined
  : OptionValues[Schema['type']]

export type Config<Schema extends ConfigSchema> = {
  readonly [Key in keyof Schema]: Value<Schema[Key]>
}

export interface ConfigSources {
  /** Arguments after the command's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string
  /** Prefix of environment names, such as DFDAEMON: the key `dataDir` is DFDAEMON_DATA_DIR. */
  readonly envPrefix: string
  /** Read when it exists and no `--config` is given. */
  readonly defaultFile?: string
  /** How many words without a flag are taken. @default 0 */
  readonly positionalsMax?: number
}

export interface LoadedConfig<Schema extends ConfigSchema> {
  readonly config: Config<Schema>
  readonly positionals: readonly string[]
  /** `--help` was given: print the help and leave. */
  readonly isHelpAsked: boolean
}

/** Wrong usage: the process prints it and exits with code 2. */
export class UsageError extends CodedError {
  override readonly name = 'UsageError'
}

/**
 * Reads and checks a configuration.
 * @throws UsageError CONF_UNKNOWN_FLAG, CONF_UNKNOWN_KEY, CONF_INVALID_VALUE, CONF_MISSING,
 * CONF_FILE_UNREADABLE, CONF_UNEXPECTED_ARGUMENT
 */
export function loadConfig<Schema extends ConfigSchema>(
  schema: Schema,
  sources: ConfigSources,
): LoadedConfig<Schema> {
  const flags = readFlags(schema, sources)
  const file = readConfigFile(schema, sources, flags.configFile)
  const config: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(schema)) {
    const flag = flags.values.get(key)
    const envName = `${sources.envPrefix}_${kebab(key).replaceAll('-', '_').toUpperCase()}`
    const told = file.get(key)
    const env = option.flagOnly === true ? undefined : sources.env[envName]
    if (flag !== undefined) config[key] = parseText(option, `--${kebab(key)}`, flag)
    else if (env !== undefined) config[key] = parseText(option, envName, [env])
    else if (told !== undefined) config[key] = parseFileValue(option, told.place, told.value)
    else if (option.default !== undefined) config[key] = option.default
    else if (option.optional === true || flags.isHelpAsked) config[key] = undefined
    else throw new UsageError('CONF_MISSING', `--${kebab(key)} is required: ${option.help}`)
  }
  return {
    config: Object.freeze(config) as Config<Schema>,
    positionals: flags.positionals,
    isHelpAsked: flags.isHelpAsked,
  }
}

/** The help text of a command: usage line, then one line an option. */
export function helpText(usage: string, schema: ConfigSchema): string {
  const rows = Object.entries(schema).map(([key, option]) => {
    const value = option.type === 'boolean' ? '' : ` ${option.type.toUpperCase()}`
    const short = option.short === undefined ? '    ' : `-${option.short}, `
    const standard =
      option.default === undefined || option.type === 'boolean'
        ? ''
        : ` (${String(displayDefault(option))})`
    return { left: `  ${short}--${kebab(key)}${value}`, right: `${option.help}${standard}` }
  })
  rows.push({ left: '      --config STRING', right: 'read options from this YAML file' })
  rows.push({ left: '  -h, --help', right: 'show this text' })
  const width = Math.max(...rows.map((row) => row.left.length)) + 2
  return [usage, '', ...rows.map((row) => row.left.padEnd(width) + row.right), ''].join('\n')
}

interface Flags {
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly positionals: readonly string[]
  readonly configFile: string | undefined
  readonly isHelpAsked: boolean
}

function readFlags(schema: ConfigSchema, sources: ConfigSources): Flags {
  const names = new Map<string, string>()
  for (const [key, option] of Object.entries(schema)) {
    names.set(`--${kebab(key)}`, key)
    if (option.short !== undefined) names.set(`-${option.short}`, key)
  }
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  let configFile: string | undefined
  let isHelpAsked = false
  const rest = [...sources.argv]
  while (rest.length > 0) {
    const word = rest.shift()!
    if (word === '--') {
      positionals.push(...rest.splice(0))
    } else if (word === '-' || !word.startsWith('-')) {
      positionals.push(word)
    } else if (word === '--help' || (word === '-h' && !names.has('-h'))) {
      isHelpAsked = true
    } else {
      const equals = word.startsWith('--') ? word.indexOf('=') : -1
      const name = equals < 0 ? word : word.slice(0, equals)
      const inline = equals < 0 ? undefined : word.slice(equals + 1)
      const key = names.get(name)
      if (key === undefined && name !== '--config') throw unknownFlag(name, [...names.keys()])
      const isSwitch = key !== undefined && schema[key]!.type === 'boolean'
      const value = inline ?? (isSwitch ? 'true' : rest.shift())
      if (value === undefined) {
        throw new UsageError('CONF_INVALID_VALUE', `${name} needs a value`)
      }
      if (key === undefined) configFile = value
      else values.set(key, [...(values.get(key) ?? []), value])
    }
  }
  const surplus = positionals[sources.positionalsMax ?? 0]
  if (surplus !== undefined && !isHelpAsked) {
    throw new UsageError('CONF_UNEXPECTED_ARGUMENT', `unexpected argument: ${surplus}`)
  }
  return { values, positionals, configFile, isHelpAsked }
}

function unknownFlag(name: string, known: readonly string[]): UsageError {
  const near = nearest(name, [...known, '--config', '--help'])
  const hint = near === undefined ? 'see --help' : `did you mean ${near}?`
  return new UsageError('CONF_UNKNOWN_FLAG', `unknown flag ${name}; ${hint}`)
}

function readConfigFile(
  schema: ConfigSchema,
  sources: ConfigSources,
  path: string | undefined,
): FileValues {
  const chosen = path ?? sources.defaultFile
  if (chosen === undefined) return new Map()
  let content: unknown
  try {
    content = parseYaml(sources.readFile(chosen))
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (path === undefined && isMissing) return new Map()
    const message = `cannot read ${chosen}: ${messageOf(error)}`
    throw new UsageError('CONF_FILE_UNREADABLE', message, { cause: error })
  }
  if (content === null || content === undefined) return new Map()
  if (!isTree(content)) {
    throw new UsageError('CONF_FILE_UNREADABLE', `${chosen} does not hold a mapping`)
  }
  return fileValues(schema, content, chosen)
}

type FileTree = Readonly<Record<string, unknown>>

/** By option: what the file says, and where. */
type FileValues = ReadonlyMap<string, { readonly place: string; readonly value: unknown }>

/** Values by option, from wherever they stand in the file. */
function fileValues(schema: ConfigSchema, tree: FileTree, file: string): FileValues {
  const keys = new Map<string, string>()
  for (const [key, { flagOnly, path }] of Object.entries(schema)) {
    if (flagOnly === true) continue
    keys.set(key, key)
    if (path !== undefined) keys.set(path, key)
  }
  const values = new Map<string, { readonly place: string; readonly value: unknown }>()
  const collect = (part: FileTree, prefix: string): void => {
    for (const [name, value] of Object.entries(part)) {
      const place = prefix + name
      const key = keys.get(place)
      const isPart = [...keys.keys()].some((other) => other.startsWith(`${place}.`))
      if (key === undefined && !isPart) throw unknownKey(place, prefix, { keys, file })
      if (key === undefined) {
        // A part whose options are all left out, or commented out.
        if (value === null) continue
        if (!isTree(value)) throw invalid(place, JSON.stringify(value), 'a mapping')
        collect(value, `${place}.`)
      } else if (values.has(key)) {
        const other = `${values.get(key)!.place} and ${place}`
        throw new UsageError('CONF_INVALID_VALUE', `${other} are the same, both in ${file}`)
      } else {
        values.set(key, { place, value })
      }
    }
  }
  collect(tree, '')
  return values
}

function isTree(value: unknown): value is FileTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names the nearest of what may stand in the same mapping. */
function unknownKey(
  place: string,
  prefix: string,
  { keys, file }: { readonly keys: ReadonlyMap<string, string>; readonly file: string },
): UsageError {
  const siblings = [...keys.keys()]
    .filter((other) => other.startsWith(prefix))
    .map((other) => other.slice(prefix.length).split('.')[0]!)
  const near = nearest(place.slice(prefix.length), [...new Set(siblings)])
  const hint = near === undefined ? '' : `; did you mean ${prefix}${near}?`
  return new UsageError('CONF_UNKNOWN_KEY', `unknown key ${place} in ${file}${hint}`)
}

function parseFileValue(option: OptionSchema, key: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    if (option.type !== 'list') throw invalid(key, JSON.stringify(value), `a ${option.type}`)
    return parseText(option, key, value.map(String))
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw invalid(key, JSON.stringify(value), `a ${option.type}`)
  }
  return parseText(option, key, [String(value)])
}

function parseText(option: OptionSchema, name: string, texts: readonly string[]): unknown {
  if (option.type === 'list') {
    if (option.isWhole === true) return texts
    return texts.flatMap((text) => text.split(',')).filter((text) => text !== '')
  }
  if (texts.length > 1) throw new UsageError('CONF_INVALID_VALUE', `${name} was given twice`)
  const text = texts[0]!
  switch (option.type) {
    case 'string':
      if (option.choices !== undefined && !option.choices.includes(text)) {
        throw invalid(name, text, `one of ${option.choices.join(', ')}`)
      }
      return text
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw invalid(name, text, 'true or false')
      return text === 'true'
    case 'integer':
      return bounded(option, name, text, /^-?\d{1,15}$/.test(text) ? Number(text) : undefined)
    case 'duration':
      return bounded(option, name, text, parseDuration(text))
    case 'bytes':
      return bounded(option, name, text, parseBytes(text))
  }
}

function bounded(
  option: OptionSchema,
  name: string,
  text: string,
  value: number | undefined,
): number {
  const wanted = { duration: 'a duration such as 30s', bytes: 'a size such as 64MiB' }[
    option.type as string
  ]
  if (value === undefined) throw invalid(name, text, wanted ?? 'a whole number')
  const min = option.min ?? 0
  const max = option.max ?? Number.MAX_SAFE_INTEGER
  if (value < min || value > max) throw invalid(name, text, `${min} to ${max}`)
  return value
}

function invalid(name: string, text: string, wanted: string): UsageError {
  return new UsageError('CONF_INVALID_VALUE', `${name} is "${text}", expected ${wanted}`)
}

const durationUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of a text such as `250ms`, `30s`, `1h30m`; undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * durationUnitsMs[unit!]!
  }
  return Math.round(total)
}

const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB,
  MiB,
  GiB,
  KB: 1000,
  MB: 1000_000,
  GB: 1000_000_000,
}

/** Bytes of a text such as `512KiB` or `1GB`; undefined when it is not a size. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|KB|MB|GB)?$/.exec(text)
  if (match === null) return undefined
  return Math.round(Number(match[1]) * byteUnits[match[2] ?? '']!)
}

function displayDefault(option: OptionSchema): unknown {
  if (option.type === 'duration') return `${Number(option.default) / 1000}s`
  if (option.type === 'list') return (option.default as readonly string[]).join(',') || 'none'
  return option.default === '' ? 'empty' : option.default
}

/** `dataDir` → `data-dir`. */
export function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
