// Every page as a picture, in both languages and themes, on a desk and a phone, from a running server with demo data:
// node scripts/screenshots.mjs http://127.0.0.1:8000 FOLDER [PART-OF-A-NAME]
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'

const [server = 'http://127.0.0.1:8000', folder = 'screenshots', only = ''] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

/** Who looks at what; `first` opens something first. */
const pages = [
  { role: undefined, name: 'sign-in', path: '/sign-in' },
  { role: 'sales', name: 'today', path: '/today' },
  {
    role: 'sales',
    name: 'note',
    path: '/today',
    first: (page) => page.locator('.due .does button').first().click(),
  },
  { role: 'sales', name: 'tasks', path: '/today/tasks' },
  {
    role: 'sales',
    name: 'task-menu',
    path: '/today',
    first: (page) => page.locator('.due [aria-haspopup]').first().click(),
  },
  { role: 'sales', name: 'pool', path: '/pool' },
  { role: 'sales', name: 'pool-protected', path: '/pool?show=rest' },
  { role: 'sales', name: 'customers', path: '/customers' },
  { role: 'sales', name: 'new-customer', path: '/customers?new=1' },
  {
    role: 'sales',
    name: 'customer',
    path: '/customers',
    first: (page) => page.locator('a[href^="/customers/"]').first().click(),
  },
  { role: 'sales', name: 'pipeline', path: '/pipeline' },
  { role: 'sales', name: 'orders', path: '/orders' },
  { role: 'sales', name: 'account', path: '/account' },
  { role: 'sales', name: 'palette', path: '/pool', first: (page) => page.keyboard.press('Control+k') },
  { role: 'sales', name: 'found', path: '/pool', first: search },
  {
    role: 'sales',
    name: 'customer-task',
    path: '/customers',
    first: async (page) => {
      await page.locator('a[href^="/customers/"]').first().click()
      await page.locator('.note').waitFor()
      await page.keyboard.press('t')
    },
  },
  { role: 'manager', name: 'team', path: '/team' },
  {
    role: 'manager',
    name: 'team-notes',
    path: '/team',
    first: (page) => page.locator('td a[href*="notes="]').first().click(),
  },
  { role: 'manager', name: 'targets', path: '/figures?tab=targets' },
  {
    role: 'manager',
    name: 'targets-set',
    path: '/figures?tab=targets',
    first: (page) => page.locator('.actions button').first().click(),
  },
  { role: 'manager', name: 'ranking-targets', path: '/figures?tab=ranking&rank=FOLLOW_UPS' },
  { role: 'manager', name: 'manager-pipeline', path: '/pipeline' },
  { role: 'service', name: 'service', path: '/service' },
  { role: 'finance', name: 'receivables', path: '/orders?tab=due' },
  {
    role: 'finance',
    name: 'order-paid',
    path: '/orders?tab=due&due=OVERDUE',
    first: (page) => page.locator('.no').first().click(),
  },
  {
    role: 'manager',
    name: 'instalments',
    path: '/orders?payment=UNPAID',
    first: async (page) => {
      await page.locator('.no').first().click()
      await page.locator('.part .button').first().click()
    },
  },
  {
    role: 'manager',
    name: 'payment',
    path: '/orders?payment=UNPAID',
    first: async (page) => {
      await page.locator('.no').first().click()
      await page.locator('.foot .main').click()
    },
  },
  { role: 'service', name: 'order', path: '/orders', first: (page) => page.locator('.no').first().click() },
  { role: 'hr', name: 'people', path: '/people' },
  { role: 'hr', name: 'leaving', path: '/people', first: leaving },
  { role: 'marketing', name: 'import', path: '/import' },
  { role: 'admin', name: 'import-columns', path: '/import', first: refusedFile },
  { role: 'analyst', name: 'figures', path: '/figures?by=SOURCE' },
  { role: 'analyst', name: 'win-rate', path: '/figures?tab=win-rate&period=year' },
  { role: 'analyst', name: 'win-rate-groups', path: '/figures?tab=win-rate&by=INDUSTRY' },
  { role: 'analyst', name: 'cycle', path: '/figures?tab=cycle&period=year' },
  { role: 'analyst', name: 'velocity', path: '/figures?tab=velocity&by=USER' },
  { role: 'analyst', name: 'forecast', path: '/figures?tab=forecast' },
  { role: 'analyst', name: 'forecast-groups', path: '/figures?tab=forecast&by=USER' },
  { role: 'analyst', name: 'lifetime', path: '/figures?tab=lifetime' },
  { role: 'analyst', name: 'lifetime-groups', path: '/figures?tab=lifetime&by=INDUSTRY' },
  { role: 'analyst', name: 'ranking', path: '/figures?tab=ranking&per=MONTH' },
  { role: 'analyst', name: 'waterfall', path: '/figures?tab=waterfall&unit=CNY' },
  { role: 'analyst', name: 'turnover', path: '/figures?tab=pool&by=REGION' },
  { role: 'manager', name: 'facts', path: '/figures?tab=win-rate&facts=winRate.won' },
  { role: 'admin', name: 'rules', path: '/rules' },
  { role: 'admin', name: 'rule', path: '/rules', first: (page) => page.locator('.edit').first().click() },
  { role: 'admin', name: 'admin', path: '/admin' },
  {
    role: 'admin',
    name: 'admin-first-steps',
    path: '/admin',
    first: async (page) => {
      await page.evaluate(() => localStorage.setItem('tidepool.first-steps', 'open'))
      await page.reload()
      await page.locator('.step').first().waitFor()
    },
  },
  ...['products', 'choices', 'stages', 'fields', 'calendar', 'roles', 'keys', 'audit', 'webhook', 'jobs'].map(
    (tab) => ({
      role: 'admin',
      name: `admin-${tab}`,
      path: `/admin?tab=${tab}`,
    }),
  ),
  { role: 'admin', name: 'admin-role', path: '/admin?tab=roles&role=manager', first: untick },
  { role: 'admin', name: 'admin-access', path: '/admin?tab=roles&may=customer.read', first: choosePerson },
  {
    role: 'admin',
    name: 'admin-new-key',
    path: '/admin?tab=keys',
    first: (page) => page.locator('main button.main').first().click(),
  },
]

async function search(page) {
  await page.keyboard.press('Control+k')
  await page.keyboard.type('SO')
}

async function refusedFile(page) {
  const buffer = Buffer.from('甲方抬头,老板,老板手机,备用\n泰州列名有限公司,王一,13955500001,x\n')
  await page.locator('input[type=file]').setInputFiles({ name: '老系统.csv', mimeType: 'text/csv', buffer })
  await page.locator('form button[type=submit]').click()
  await page.locator('fieldset').waitFor()
}

/** A change that is not saved yet. */
async function untick(page) {
  await page.locator('label.chip.on').first().click()
}

async function choosePerson(page) {
  const person = page.locator('main select').first()
  await person.locator('option').nth(3).waitFor({ state: 'attached' })
  await person.selectOption({ index: 3 })
}

async function leaving(page) {
  const users = await page.evaluate(async () => {
    const query = '{ users(first: 100) { edges { node { id roles manager { id } } } } }'
    const headers = { 'content-type': 'application/json' }
    const read = await (await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) })).json()
    return read.data.users.edges.map(({ node }) => node)
  })
  await page.goto(`${server}/people/${users.find((user) => user.roles.includes('sales') && user.manager).id}/leaving`)
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
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
const sizes = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }
const states = new Map()
for (const [size, viewport] of Object.entries(sizes)) {
  for (const theme of ['light', 'dark']) {
    for (const language of ['zh', 'en']) {
      for (const { role, name, path, first } of pages) {
        const file = `${name}-${size}-${theme}-${language}`
        if (!file.includes(only)) continue
        const context = await browser.newContext({
          viewport,
          locale: language === 'zh' ? 'zh-CN' : 'en-GB',
          colorScheme: theme,
          hasTouch: size === 'phone',
          isMobile: size === 'phone',
          deviceScaleFactor: size === 'phone' ? 2 : 1,
          storageState: states.get(role),
        })
        const page = await context.newPage()
        page.on('console', (line) => line.type() === 'error' && console.log(file, line.text()))
        page.on('pageerror', (error) => console.log(file, error.message))
        if (role && !states.has(role)) {
          await page.goto(`${server}/sign-in`)
          await page.locator('input[type=email]').fill(`${role}@tidepool.example`)
          await page.locator('input[type=password]').fill('tidepool-demo')
          await page.locator('button[type=submit]').click()
          await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
          states.set(role, await context.storageState({ path: undefined }))
        }
        await page.goto(server + path)
        await page.waitForLoadState('load')
        await page.locator('h1, .box').first().waitFor()
        await page
          .locator('[role=status][aria-label]')
          .first()
          .waitFor({ state: 'detached', timeout: 15000 })
          .catch(() => {})
        if (first) await first(page)
        await page.waitForTimeout(900)
        await page.screenshot({ path: `${folder}/${file}.png` })
        await context.close()
      }
    }
  }
}
await browser.close()
