// What the scenarios share: a server of their own with demo data, browsers that are watched, and axe.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const PASSWORD = 'tidepool-demo'

/** Chromium where distributions put it; `CHROMIUM` names another. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

export function fail(text) {
  throw new Error(text)
}

export function equal(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) fail(`${what}: ${a} instead of ${b}`)
}

/** A server of the binary, with demo data of its own, or with nothing but an administrator's account. */
export class Server {
  constructor(binary, { isEmpty = false } = {}) {
    this.binary = binary
    this.isEmpty = isEmpty
    this.folder = mkdtempSync(join(tmpdir(), 'tidepool-console-'))
    // PostgreSQL runs under another account where the tests run as root.
    chmodSync(this.folder, 0o755)
    const fill = isEmpty
      ? ['create-admin', '--email', 'admin@tidepool.example', '--name', 'Ada Admin', '--password-stdin']
      : ['seed', '--customers', '400']
    const filled = spawnSync(binary, [...fill, '--log', 'error', '--data-dir', join(this.folder, 'data')], {
      encoding: 'utf8',
      input: `${PASSWORD}\n`,
      env: this.env(),
    })
    if (filled.status !== 0) fail(`${fill[0]}: ${filled.stdout}${filled.stderr}`)
  }

  env() {
    const { DATABASE_URL: _, ...env } = process.env
    return env
  }

  start(listen = '127.0.0.1:0') {
    const demo = this.isEmpty ? [] : ['--demo']
    const args = ['serve', ...demo, '--listen', listen, '--log', 'error', '--data-dir', join(this.folder, 'data')]
    this.process = spawn(this.binary, args, { stdio: ['ignore', 'pipe', 'inherit'], env: this.env() })
    return new Promise((resolve, reject) => {
      let printed = ''
      this.process.stdout.on('data', (text) => {
        printed += text
        const found = /Tidepool is at (http:\/\/\S+)/.exec(printed)
        if (found) {
          this.url = found[1]
          resolve(this.url)
        }
      })
      this.process.once('exit', () => reject(new Error(`the server ended: ${printed}`)))
    })
  }

  end(signal = 'SIGTERM') {
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill(signal)
    return ended
  }

  async remove() {
    await this.end()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Asks the API as somebody, without a browser. */
export class Api {
  constructor(url) {
    this.url = url
  }

  static async as(url, role) {
    const api = new Api(url)
    const { login } = await api.ask(
      'mutation($email: String!, $password: String!) { login(input: {email: $email, password: $password}) { accessToken } }',
      {
        email: `${role}@tidepool.example`,
        password: PASSWORD,
      },
    )
    api.token = login.accessToken
    return api
  }

  async ask(query, variables = {}) {
    const headers = {
      'content-type': 'application/json',
      ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
    }
    const answer = await (
      await fetch(`${this.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    ).json()
    if (answer.errors) fail(JSON.stringify(answer.errors))
    return answer.data
  }
}

/** A customer in the pool that may be claimed at once. */
export async function pooled(server, name) {
  const marketing = await Api.as(server.url, 'marketing')
  const { createCustomer } = await marketing.ask(
    'mutation($name: String!) { createCustomer(input: {name: $name, source: "WEBSITE", notDuplicate: true}) { customer { id } userErrors { message } } }',
    { name },
  )
  return createCustomer.customer?.id ?? fail(JSON.stringify(createCustomer.userErrors))
}

/** A customer that the rep owns. */
export async function owned(server, name) {
  const sales = await Api.as(server.url, 'sales')
  const { createCustomer } = await sales.ask(
    'mutation($name: String!) { createCustomer(input: {name: $name, source: "WEBSITE", notDuplicate: true}) { customer { id } userErrors { message } } }',
    { name },
  )
  return createCustomer.customer?.id ?? fail(JSON.stringify(createCustomer.userErrors))
}

export class Browser {
  static async start() {
    const browser = new Browser()
    browser.chromium = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    return browser
  }

  /** A browser of somebody: what must never happen is collected in `wrong`. */
  async open(server, { language = 'zh', phone = false, theme = 'light' } = {}) {
    const context = await this.chromium.newContext({
      baseURL: server.url,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      colorScheme: theme,
      viewport: phone ? { width: 360, height: 740 } : { width: 1280, height: 800 },
      isMobile: phone,
      hasTouch: phone,
    })
    const wrong = []
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
      )
    })
    const visitor = new Visitor(context, wrong, server.url)
    visitor.watch(await context.newPage())
    return visitor
  }

  close() {
    return this.chromium.close()
  }
}

export class Visitor {
  constructor(context, wrong, origin) {
    this.context = context
    this.origin = origin
    this.wrong = wrong
    /** Whether the server is away on purpose. */
    this.isServerAway = false
    this.requests = []
  }

  watch(page) {
    this.page = page
    page.on('console', (line) => {
      if (['error', 'warning'].includes(line.type()) && !this.isServerAway) this.wrong.push(`console: ${line.text()}`)
    })
    page.on('pageerror', (error) => this.wrong.push(`page: ${error.stack}`))
    page.on('request', (request) => {
      const origin = new URL(request.url()).origin
      const own = new URL(page.url().startsWith('http') ? page.url() : request.url()).origin
      if (origin !== own && !request.url().startsWith('data:')) this.wrong.push(`a request elsewhere: ${request.url()}`)
      if (request.url().endsWith('/graphql') && request.method() === 'POST')
        this.requests.push(request.postData() ?? '')
    })
    page.on('response', (response) => {
      if (response.status() >= 400 && !this.isServerAway) this.wrong.push(`${response.status()} ${response.url()}`)
    })
  }

  /** By the form, to the page where the role begins; or straight to another one, so that nothing of the first is under way. */
  async signIn(role, path) {
    if (path) {
      const query = 'mutation($input: LoginInput!) { login(input: $input) { userErrors { message } } }'
      const input = { email: `${role}@tidepool.example`, password: PASSWORD, asCookies: true }
      const headers = { origin: this.origin }
      const answer = await this.context.request.post('/graphql', { data: { query, variables: { input } }, headers })
      const { data, errors } = await answer.json()
      equal([errors ?? [], data?.login.userErrors], [[], []], `the sign-in of ${role}`)
      return this.go(path)
    }
    await this.page.goto('/sign-in')
    await this.page.getByLabel(/邮箱|E-mail/).fill(`${role}@tidepool.example`)
    await this.page.getByLabel(/密码|Password/).fill(PASSWORD)
    await this.page.getByRole('button', { name: /^(登录|Sign in)$/ }).click()
    await this.page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
    await this.ready()
  }

  /** Waits for the answer to a request that has this text, which `act` sends. */
  async answered(text, act) {
    const answer = this.page.waitForResponse((one) => one.request().postData()?.includes(text) ?? false)
    await act()
    await answer
  }

  /** Fills the fields for a new password, once they are there. */
  async newPassword(password) {
    const fields = this.page.locator('input[type=password]')
    await fields.first().waitFor()
    for (const field of await fields.all()) await field.fill(password)
  }

  async go(path) {
    await this.page.goto(path)
    await this.ready()
  }

  /** Waits until the page is there, and has read what it shows. */
  async ready() {
    await this.page.locator('main h1').first().waitFor()
    await this.page.locator('[role=status][aria-label]').first().waitFor({ state: 'detached' })
  }

  /** Nothing serious for axe in what is shown now, and no sideways scroll. */
  async check(what) {
    await this.page
      .evaluate(() =>
        Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined)))
          .then(() => undefined)
          .catch(() => undefined),
      )
      .catch(() => undefined)
    if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(axe)
    const found = await this.page.evaluate(async () => {
      const result = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })
      return result.violations
        .filter((one) => one.impact === 'serious' || one.impact === 'critical')
        .flatMap((one) =>
          one.nodes
            .slice(0, 3)
            .map(
              (node) => `${one.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`,
            ),
        )
    })
    for (const one of found) this.wrong.push(`axe at ${what}: ${one}`)
    const excess = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (excess > 1) this.wrong.push(`${what} is ${excess} px too wide`)
  }

  async close() {
    await this.context.close()
    if (this.wrong.length > 0) fail([...new Set(this.wrong)].join('\n'))
  }
}
