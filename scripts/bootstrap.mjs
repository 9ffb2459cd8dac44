#!/usr/bin/env node
// What `npm start`, `npm test`, `npm run check` and `npm run bench` have in common: on a fresh clone nothing is there
// but Node and npm, so what is missing is installed and built first. Plain JavaScript, because TypeScript is not there either.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const LEAST_NODE = [20, 19]
const INSTALLED_MARK = join(ROOT, 'node_modules', '.footbridge-lock')
/** Projects of the programs; what they reference is built with them. */
const PROGRAMS = ['client', 'bridge-widget/src/node', 'signaling-server', 'egress-server']
/** What they are built upon. First and apart: TypeScript 7 looks once for a folder that is not there yet, and never again. */
const BASE = 'shared/src/node'
const COMMAND_PACKAGES = ['client', 'bridge-widget', 'signaling-server', 'egress-server']
const PACKAGES = ['shared', ...COMMAND_PACKAGES]

/** What each command needs and runs; further arguments go to the last step. */
const COMMANDS = {
  start: { needs: [build], steps: [['node', 'scripts/start.mjs']] },
  test: {
    needs: [build, ensureChromium, ensureFirefox, ensureTools, ensureRedis, offerWordPress],
    steps: [['vitest', 'run']],
  },
  check: {
    needs: [build],
    steps: [
      ['biome', 'ci', '--error-on-warnings', '.'],
      ['tsc', '-b'],
      ['knip'],
      ...PACKAGES.map((name) => ['publint', name]),
      ['size-limit'],
    ],
  },
  bench: {
    needs: [build, ensureChromium, ensureRedis],
    steps: [['node', '--conditions=@footbridge/source', '--import', 'tsx', 'tests/src/bench/main.ts']],
  },
  screenshots: {
    needs: [build, ensureChromium],
    steps: [['node', '--conditions=@footbridge/source', '--import', 'tsx', 'scripts/screenshots.mjs']],
  },
  build: { needs: [build], steps: [] },
}

const [name = '', ...args] = process.argv.slice(2)
const command = COMMANDS[name]
if (command === undefined)
  fail(`usage: node scripts/bootstrap.mjs ${Object.keys(COMMANDS).join('|')} [arguments]`, 2)
requireNode()
installDependencies()
for (const need of command.needs) need()
for (const [index, step] of command.steps.entries()) {
  const status = await run([...step, ...(index === command.steps.length - 1 ? args : [])])
  if (status !== 0) process.exit(status)
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return
  fail(
    `Node ${LEAST_NODE.join('.')} or later is needed; this is ${process.versions.node}. See https://nodejs.org/`,
  )
}

/** Runs `npm ci` when the lock file is not the one that was installed last. */
function installDependencies() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
  if (existsSync(INSTALLED_MARK) && readFileSync(INSTALLED_MARK, 'utf8') === lock) return
  say('installing dependencies (npm ci)')
  runOrFail('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(INSTALLED_MARK, lock)
}

/** Compiles what changed, bundles the widget and the extension, and makes the commands known to `npx`. */
function build() {
  for (const programs of [[BASE], PROGRAMS]) runOrFail(binary('tsc'), ['-b', ...programs])
  for (const target of ['widget', 'extension']) {
    runOrFail('npm', ['run', '--silent', `build:${target}`, '--workspace=bridge-widget'])
  }
  // npm links no command whose file is not there yet when it installs.
  if (!existsSync(join(ROOT, 'node_modules', '.bin', 'footbridge-probe'))) {
    const packages = COMMAND_PACKAGES.map((name) => `@footbridge/${name}`)
    runOrFail('npm', ['rebuild', '--silent', '--ignore-scripts', ...packages])
  }
}

/** Tests drive a real Chromium. */
function ensureChromium() {
  if (existsSync(process.env.CHROMIUM_PATH ?? '')) return
  ensureProgram(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'], {
    orElse: 'install Chromium (or Google Chrome), or set CHROMIUM_PATH to its executable',
  })
}

/** And a real Firefox. */
function ensureFirefox() {
  if (existsSync(process.env.FIREFOX_PATH ?? '')) return
  ensureProgram(['firefox-esr', 'firefox'], {
    orElse: 'install Firefox, or set FIREFOX_PATH to its executable',
  })
}

/** What the examples start, and what they reach. */
function ensureTools() {
  ensureProgram(['curl'], { orElse: 'install curl' })
  ensureProgram(['git'], { orElse: 'install git' })
  ensureProgram(['ssh'], { orElse: 'install an OpenSSH client', from: 'openssh-client' })
  ensureProgram(['sshd'], { orElse: 'install an OpenSSH server', from: 'openssh-server' })
  ensureProgram(['nc'], { orElse: 'install OpenBSD’s netcat', from: 'netcat-openbsd' })
}

function ensureRedis() {
  ensureProgram(['redis-server'], { orElse: 'install redis-server (Redis 7)' })
}

/** The plugin is tried in a real WordPress where that is easily had; else its tests are skipped, and say so. */
function offerWordPress() {
  const folder = join(ROOT, 'node_modules', '.wordpress')
  const hasWordPress = existsSync('/usr/share/wordpress') || existsSync(folder)
  if ((isOnPath('php') && hasWordPress) || process.getuid?.() !== 0 || !isOnPath('apt-get')) return
  say('installing php, and unpacking wordpress (apt-get)')
  const commands = [
    'apt-get update -qq',
    // Without the latter WordPress does not start, though it is never used.
    'apt-get install -y -qq --no-install-recommends php-cli php-mysql',
    // Its files alone: what else the package wants is a web server and a database.
    'cd "$(mktemp -d)" && apt-get download -qq wordpress && dpkg-deb -x wordpress_*.deb . && mv usr/share/wordpress "$0"',
  ]
  spawnSync('sh', ['-c', commands.join(' && '), folder], { stdio: ['ignore', 2, 2] })
}

/** An installed one of `names`, else Debian's package `from`, else the person is told what to do. */
function ensureProgram(names, { orElse, from = names[0] }) {
  if (names.some(isOnPath)) return
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) fail(`${names[0]} is needed: ${orElse}.`)
  say(`installing ${names[0]} (apt-get install ${from})`)
  runOrFail('apt-get', ['update', '-qq'])
  runOrFail('apt-get', ['install', '-y', '-qq', '--no-install-recommends', from])
}

function isOnPath(program) {
  // Servers are not on everybody's PATH.
  return `${process.env.PATH ?? ''}:/usr/sbin`
    .split(':')
    .some((folder) => folder !== '' && existsSync(join(folder, program)))
}

/** A program of a dependency, or one of the system. */
function binary(program) {
  const local = join(ROOT, 'node_modules', '.bin', program)
  return existsSync(local) ? local : program
}

/** Installing and building: their output is for stderr, so that stdout is the command's own. */
function runOrFail(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (error !== undefined) fail(`${program} cannot be run: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** The command itself: gets the terminal, and the signals that reach this process. */
function run([program, ...args]) {
  const child = spawn(program === 'node' ? process.execPath : binary(program), args, {
    cwd: ROOT,
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.on('error', (error) => fail(`${program} cannot be run: ${error.message}`))
    child.on('close', (status, signal) => resolve(signal === null ? status : 1))
  })
}

function say(text) {
  process.stderr.write(`footbridge: ${text}\n`)
}

function fail(text, status = 1) {
  say(text)
  process.exit(status)
}
