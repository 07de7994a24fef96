// What people do with the console, in a real browser against the real program. Each is told to the person who reads a failure.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Api, equal, fail, owned, pooled } from './harness.mjs'

const row = (page, name) => page.getByRole('row').filter({ hasText: name })
const claimOf = (page, name) => page.getByRole('button', { name: new RegExp(`^(领取|Claim) ${name}$`) })

/** The code that an authenticator app shows now for a secret in Base32 (RFC 6238). */
function totp(secret) {
  const bits = [...secret]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const hash = createHmac('sha1', key).update(counter).digest()
  const at = hash[19] & 15
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

export const scenarios = {
  async 'the demo signs in by one click, and a wrong password is told'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await page.goto('/pool')
    await page.waitForURL('**/sign-in?to=/pool')
    await visitor.check('sign-in')
    await page.getByLabel('邮箱').fill('sales@tidepool.example')
    await page.getByLabel('密码').fill('wrong password')
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await visitor.check('a wrong password')
    await page.getByRole('button', { name: '销售', exact: true }).click()
    await page.waitForURL((url) => url.pathname === '/pool')
    await visitor.ready()
    await page.goto('/sign-in')
    await page.waitForURL('**/today')
    await page.getByRole('button', { name: 'Xiao Shou' }).click()
    await page.getByRole('menuitem', { name: '退出登录' }).waitFor()
    await visitor.check('the menu')
    await page.getByRole('menuitem', { name: '退出登录' }).click()
    await page.waitForURL('**/sign-in')
    await page.goto('/customers')
    await page.waitForURL('**/sign-in?to=/customers')
    await visitor.close()
  },

  async 'two reps claim one customer: one gets it, the other is told in the row, and it leaves both'({
    browser,
    server,
  }) {
    const name = '深圳同时领取有限公司'
    await pooled(server, name)
    const [ann, ben] = [await browser.open(server), await browser.open(server)]
    await ann.signIn('sales', '/pool?q=同时领取')
    await ben.signIn('sales2', '/pool?q=同时领取')
    await Promise.all([claimOf(ann.page, name).waitFor(), claimOf(ben.page, name).waitFor()])
    // The claim of one is under way when the other one claims.
    await ben.page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('claimCustomer')) {
        await claimOf(ann.page, name).click()
        await ann.page.getByText(`已领取 ${name}`).waitFor()
      }
      await route.continue()
    })
    await claimOf(ben.page, name).click()
    await row(ben.page, name).getByRole('alert').waitFor()
    await ben.check('a refusal in the row')
    await ann.check('a claim')
    equal(await row(ann.page, name).count(), 0, 'rows of the winner')
    await row(ben.page, name).waitFor({ state: 'detached' })
    await ann.close()
    await ben.close()
  },

  async 'the end of a protection lights up for everybody who looks'({ browser, server }) {
    const name = '厦门保护期有限公司'
    const [sales, admin] = [await Api.as(server.url, 'sales'), await Api.as(server.url, 'admin')]
    const id = await owned(server, name)
    const period = (text) =>
      admin.ask(
        'mutation($text: String!) { updateSettings(input: {protectionPeriod: $text}) { userErrors { message } } }',
        { text },
      )
    // Long enough that it has not ended when everybody looks.
    await period('PT12S')
    const visitors = [await browser.open(server), await browser.open(server, { language: 'en' })]
    await visitors[0].signIn('sales2', '/pool?show=all&q=保护期有限')
    await visitors[1].signIn('manager', '/pool?q=保护期有限')
    await sales.ask('mutation($id: ID!) { releaseCustomer(input: {customerId: $id}) { userErrors { message } } }', {
      id,
    })
    const button = claimOf(visitors[0].page, name)
    await button.waitFor()
    if (await button.isEnabled()) fail('it can be claimed before its protection ends')
    const { customer } = await sales.ask('query($id: ID!) { customer(id: $id) { protectedUntil } }', { id })
    await visitors[0].page.waitForFunction(
      (label) => !document.querySelector(`[aria-label="${label}"]`)?.disabled,
      `领取 ${name}`,
    )
    const late = Date.now() - Date.parse(customer.protectedUntil)
    // A slow machine is late; nothing else would light it up in this minute.
    if (late > 10_000 || late < -50) fail(`it lit up ${late} ms after the instant`)
    await row(visitors[1].page, name).waitFor()
    await period('P3D')
    for (const visitor of visitors) await visitor.close()
  },

  async 'a mass release reaches a pool that is looked at, and leaves it when it is undone'({ browser, server }) {
    const [boss, rep] = [await browser.open(server), await browser.open(server)]
    await rep.signIn('sales', '/pool?show=all')
    await boss.signIn('manager', '/team?idle=7')
    const before = Number((await rep.page.locator('.count').first().innerText()).replace(',', ''))
    await boss.page.getByLabel('全选').check()
    const all = boss.page.getByRole('button', { name: /全选符合条件的/ })
    if (await all.isVisible()) await all.click()
    await boss.check('a selection')
    await boss.page.getByRole('button', { name: '释放…' }).click()
    const verb = boss.page.getByRole('dialog').getByRole('button', { name: /^释放 \d+ 家$/ })
    const moved = Number(/\d+/.exec(await verb.innerText())[0])
    await boss.check('the question before a mass release')
    await verb.click()
    // The offer stays while somebody points at it.
    await boss.page.getByText(`已释放 ${moved} 家`).hover()
    await boss.check('an offer to undo')
    const total = (n) =>
      rep.page.waitForFunction(
        (wanted) => Number(document.querySelector('.count')?.textContent?.replace(',', '')) === wanted,
        n,
      )
    await total(before + moved)
    await boss.page.getByRole('status').getByRole('button', { name: '撤销' }).click()
    await boss.page.getByText(/^已撤销，\d+ 家/).waitFor()
    await total(before)
    await boss.close()
    await rep.close()
  },

  async 'a note takes one request, and the row is done'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', '/today')
    const open = page.getByRole('button', { name: /^给 .* 写跟进$/ }).first()
    const name = /^给 (.*) 写跟进$/.exec(await open.getAttribute('aria-label'))[1]
    await open.click()
    const before = visitor.requests.length
    await page.getByRole('textbox', { name: `${name}：说了什么？` }).fill('客户同意下周看样机')
    await page.getByRole('button', { name: '3 天后' }).click()
    await visitor.check('a note')
    await page.keyboard.press('Control+Enter')
    await page.getByText('客户同意下周看样机').first().waitFor()
    equal(visitor.requests.slice(before).filter((text) => text.includes('recordFollowUp')).length, 1, 'requests')
    // A notification that comes meanwhile is read, and today with it.
    const asked = visitor.requests.slice(before).filter((text) => !/query (Today|Notifications)\b/.test(text))
    equal(asked.length, 1, 'requests in all')
    await visitor.close()
  },

  async 'who is signed out while typing signs in again on the page, and nothing is lost'({ browser, server }) {
    const id = await owned(server, '南京重新登录有限公司')
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', `/customers/${id}`)
    const note = page.locator('.note textarea')
    await note.fill('写了一半的记录')
    await visitor.context.clearCookies()
    await page.getByRole('button', { name: '保存' }).click()
    const dialog = page.getByRole('dialog', { name: '请重新登录' })
    await dialog.waitFor()
    await visitor.check('signing in again')
    equal(await note.inputValue(), '写了一半的记录', 'what is typed')
    await dialog.getByLabel('密码').fill('tidepool-demo')
    await dialog.getByRole('button', { name: '登录' }).click()
    await page.getByRole('region', { name: '动态' }).getByText('写了一半的记录').waitFor()
    await visitor.close()
  },

  async 'a lost answer to a renewal signs nobody out'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', '/pool')
    // The access token ends; the refresh token stays.
    await visitor.context.clearCookies({ name: 'tidepool-access' })
    let lost = 0
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('refreshSession') && lost === 0) {
        lost += 1
        visitor.isServerAway = true
        await route.fetch()
        return route.abort('connectionreset')
      }
      return route.continue()
    })
    await page.getByRole('navigation').getByRole('link', { name: '客户', exact: true }).click()
    await page.getByRole('heading', { name: '我的客户' }).waitFor()
    await page.getByRole('row').nth(3).waitFor()
    equal(lost, 1, 'answers that were lost')
    equal(await page.getByRole('dialog').count(), 0, 'dialogs')
    await visitor.close()
  },

  async 'filters are in the address: they stay after coming back, a reload, and in another tab'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', '/pool')
    await visitor.answered('query Pool(', () => page.getByLabel('行业').selectOption({ label: '物流' }))
    await page.waitForURL('**/pool?industry=LOGISTICS')
    await visitor.answered('query Pool(', () => page.getByRole('button', { name: '全部', exact: true }).click())
    await page.waitForURL('**/pool?industry=LOGISTICS&show=all')
    const names = () => page.locator('[role=row] .name').allInnerTexts()
    await page.waitForFunction(() => {
      const facts = [...document.querySelectorAll('[role=row] .facts')]
      return facts.length > 2 && facts.every((cell) => cell.textContent.includes('物流'))
    })
    const before = await names()
    await page.locator('[role=row] .name').nth(1).click()
    await page.waitForURL('**/customers/*')
    await page.getByRole('button', { name: '返回' }).click()
    await page.waitForURL('**/pool?industry=LOGISTICS&show=all')
    await page.locator('[role=row] .name').nth(2).waitFor()
    equal((await names()).slice(0, 3), before.slice(0, 3), 'rows after coming back')
    await page.reload()
    await visitor.ready()
    equal((await names()).slice(0, 3), before.slice(0, 3), 'rows after a reload')
    await visitor.close()
  },

  async 'two people change a customer: the second one chooses what stays'({ browser, server }) {
    const id = await owned(server, '武汉同时修改有限公司')
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', `/customers/${id}`)
    await page.getByRole('button', { name: '修改资料' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('来源说明').fill('我写的')
    const sales = await Api.as(server.url, 'sales')
    const { customer } = await sales.ask('query($id: ID!) { customer(id: $id) { version } }', { id })
    await sales.ask(
      'mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { userErrors { message } } }',
      {
        input: { customerId: id, version: customer.version, sourceDetail: '别人写的', region: 'EAST' },
      },
    )
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.getByRole('radiogroup', { name: '来源说明' }).waitFor()
    await visitor.check('a conflict')
    await dialog.getByRole('radio', { name: /现在的/ }).check()
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.waitFor({ state: 'detached' })
    const after = await sales.ask('query($id: ID!) { customer(id: $id) { sourceDetail region } }', { id })
    equal(after.customer, { sourceDetail: '别人写的', region: 'EAST' }, 'the customer')
    await visitor.close()
  },

  async 'a file is checked, imported and undone'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('marketing', '/import')
    await visitor.check('import')
    const text =
      '公司名称,来源,电话\n青岛导入测试有限公司,展会,13800138000\n,展会,13800138001\n成都导入测试有限公司,官网,13800138002\n'
    await page
      .getByLabel(/拖到这里/)
      .setInputFiles({ name: '展会.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
    await page.getByRole('button', { name: '读取并预检' }).click()
    await page.waitForURL('**/import/import_*')
    await visitor.ready()
    await page.getByRole('button', { name: '错误 1' }).click()
    await page.waitForFunction(() => document.querySelectorAll('[role=rowgroup] [role=row]').length === 1)
    await visitor.check('rows with errors')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: '下载没有写入的行' }).click(),
    ])
    if (!readFileSync(await download.path(), 'utf8').includes('13800138001')) fail('the row is not in the file')
    await page.getByRole('button', { name: '执行导入' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '执行导入' }).click()
    await page.getByRole('button', { name: '撤销导入' }).waitFor()
    await page.getByRole('button', { name: '撤销导入' }).click()
    await visitor.check('the question before an undo')
    await page.getByRole('dialog').getByRole('button', { name: '撤销导入' }).click()
    await page.getByText('已撤销', { exact: true }).waitFor()
    await visitor.close()
  },

  async 'everything by keyboard: sign in, claim, note'({ browser, server }) {
    const name = '杭州键盘有限公司'
    await pooled(server, name)
    const visitor = await browser.open(server)
    const { page } = visitor
    await page.goto('/sign-in')
    await page.getByLabel('邮箱').focus()
    await page.keyboard.type('sales@tidepool.example')
    await page.keyboard.press('Tab')
    await page.keyboard.type('tidepool-demo')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/today')
    await visitor.ready()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('键盘有限')
    await page.getByRole('option', { name: new RegExp(name) }).waitFor()
    await visitor.check('the palette')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/customers/*')
    await page.getByRole('button', { name: '领取' }).waitFor()
    await page.keyboard.press('c')
    const note = page.getByRole('textbox', { name: /说了什么/ })
    await note.waitFor()
    await page.keyboard.press('n')
    await page.keyboard.type('已经打过电话')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('region', { name: '动态' }).getByText('已经打过电话').waitFor()
    await page.locator('body').click({ position: { x: 700, y: 5 } })
    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.waitForURL('**/pool')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: '快捷键' }).waitFor()
    await visitor.check('the shortcuts')
    await visitor.close()
  },

  async 'every role lands on its page, and every place of its menu works, in both languages, on a desk and a phone'({
    browser,
    server,
  }) {
    const homes = {
      sales: '/today',
      manager: '/team',
      hr: '/people',
      service: '/service',
      marketing: '/import',
      analyst: '/figures',
      finance: '/orders',
      admin: '/admin',
    }
    const schema = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')
    const codes = new Set(
      [...schema.matchAll(/^\t([A-Z]{2,}(?:_[A-Z]+)*)$/gm)]
        .map((match) => match[1])
        .filter((code) => code.includes('_') || code.length > 6),
    )
    for (const [index, [role, home]] of Object.entries(homes).entries()) {
      const options = { language: index % 2 ? 'en' : 'zh', phone: index % 3 === 0, theme: index % 2 ? 'dark' : 'light' }
      const visitor = await browser.open(server, options)
      const { page } = visitor
      await visitor.signIn(role)
      equal(new URL(page.url()).pathname, home, `the first page of ${role}`)
      const places = await page
        .locator('.side a.item')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href')))
      for (const place of [...places, '/account']) {
        await visitor.go(place)
        await visitor.check(`${place} of ${role}`)
        const text = await page.locator('main').innerText()
        const shown = [...text.matchAll(/[A-Z]+(?:_[A-Z]+)*/g)]
          .map((match) => match[0])
          .filter((word) => codes.has(word))
        if (shown.length > 0) fail(`${place} of ${role} shows codes: ${[...new Set(shown)].join(', ')}`)
        const failed = await page.getByText(/加载失败|could not be read/).count()
        if (failed > 0) fail(`${place} of ${role} could not be read`)
      }
      await visitor.close()
    }
  },

  async 'dialogs of the other pages hold for axe on a phone'({ browser, server }) {
    const visitor = await browser.open(server, { phone: true, language: 'en', theme: 'dark' })
    const { page } = visitor
    await visitor.signIn('admin', '/rules')
    await page
      .getByRole('button', { name: /^Edit the rule/ })
      .first()
      .click()
    await page.getByText(/^Matches now/).waitFor()
    await visitor.check('a rule')
    await visitor.go('/people')
    await page.getByRole('button', { name: 'Open an account' }).click()
    await visitor.check('a new account')
    await visitor.go('/pipeline')
    await page
      .getByRole('button', { name: /^Move the opportunity/ })
      .first()
      .click()
    await visitor.check('a move')
    await visitor.go('/orders')
    await page.locator('.no').first().click()
    await page.getByRole('dialog').getByText('Total').waitFor()
    await visitor.check('an order')
    await visitor.go('/pool')
    await page.getByRole('button', { name: 'More' }).click()
    await visitor.check('the menu of a phone')
    await visitor.close()
  },

  async 'a contact, an opportunity, an order and its payment on the page of a customer'({ browser, server }) {
    const id = await owned(server, '西安成交有限公司')
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', `/customers/${id}`)
    const dialog = page.getByRole('dialog')
    await page.getByRole('region', { name: '联系人' }).getByRole('button', { name: '添加' }).click()
    await dialog.getByLabel('姓名').fill('王芳')
    await dialog.getByLabel('电话').fill('138 0000 0000 0000 0000')
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.locator('.error').first().waitFor()
    await visitor.check('a wrong phone number')
    await dialog.getByLabel('电话').fill('13912345678')
    await dialog.getByRole('button', { name: '保存' }).click()
    await page.getByRole('link', { name: /拨打 王芳/ }).waitFor()

    const deals = page.getByRole('region', { name: '商机', exact: true })
    await deals.getByRole('button', { name: '新建' }).click()
    await dialog.getByRole('combobox', { name: '意向产品' }).click()
    await dialog.getByRole('option').nth(1).waitFor()
    await visitor.check('products to choose')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await dialog.getByLabel('预计金额').fill('120000')
    await dialog.getByRole('button', { name: '保存' }).click()
    await deals.getByText('¥12万').waitFor()

    const orders = page.getByRole('region', { name: '订单', exact: true })
    await orders.getByRole('button', { name: '下单' }).click()
    await dialog.getByRole('combobox', { name: '产品' }).click()
    await dialog.getByRole('option').first().click()
    await dialog.getByLabel('单价').fill('1000')
    await dialog.getByLabel('数量').fill('3')
    await dialog.getByText('¥3,000').waitFor()
    await visitor.check('a new order')
    await dialog.getByRole('button', { name: '下单' }).click()
    await orders.getByText('待付款').waitFor()
    await deals.getByText('赢单').waitFor()
    await orders.getByRole('button', { name: '收款' }).click()
    await dialog.getByRole('button', { name: '收款' }).click()
    await orders.getByText('已付款').waitFor()
    await orders.getByRole('button', { name: '发货' }).click()
    await dialog.getByRole('button', { name: '发货' }).click()
    await orders.getByText('已发货').waitFor()
    await visitor.check('a customer with an order')
    await visitor.close()
  },

  async 'a new account sets its password by the link, and signs in with a second factor from then on'({
    browser,
    server,
  }) {
    const hr = await browser.open(server)
    await hr.signIn('hr', '/people')
    await hr.page.getByRole('button', { name: '开通账号' }).click()
    const dialog = hr.page.getByRole('dialog')
    await dialog.getByLabel('姓名').fill('Nina New')
    await dialog.getByLabel(/邮箱/).fill('nina@tidepool.example')
    await dialog.getByRole('button', { name: '开通' }).click()
    const link = await dialog.locator('input[readonly]').inputValue()
    await hr.check('a link')
    await hr.page.keyboard.press('Escape')
    await hr.page.getByRole('button', { name: 'Nina New 的操作' }).click()
    await hr.page.getByRole('menuitem', { name: '请假…' }).click()
    await dialog.getByRole('button', { name: '记录' }).click()
    await hr.page.getByText(/^请假至/).waitFor()
    await hr.close()

    const nina = await browser.open(server)
    const { page } = nina
    const password = 'tides and pools 7'
    await page.goto(link)
    await nina.newPassword(password)
    await page.locator('button').first().click()
    await page.getByText('密码已设置').waitFor()
    const signIn = async () => {
      await page.goto('/sign-in')
      await page.getByLabel('邮箱').fill('nina@tidepool.example')
      await page.getByLabel('密码').fill(password)
      await page.getByRole('button', { name: '登录', exact: true }).click()
    }
    await signIn()
    await page.waitForURL('**/today')
    await nina.go('/account')
    const factor = page.getByRole('region', { name: '两步验证' })
    await factor.getByLabel('现在的密码').fill(password)
    await factor.getByRole('button', { name: '开启' }).click()
    await factor.getByRole('img', { name: /验证器/ }).waitFor()
    const secret = (await factor.locator('code').innerText()).replaceAll(' ', '')
    await nina.check('a secret')
    await factor.getByLabel(/验证码/).fill(totp(secret))
    await factor.getByRole('button', { name: '确认' }).click()
    await factor.locator('.codes li').first().waitFor()
    const recovery = await factor.locator('.codes li').first().innerText()
    await nina.check('recovery codes')
    await factor.getByRole('button', { name: '我已抄下' }).click()
    await nina.context.clearCookies()
    await signIn()
    const code = page.getByLabel('动态验证码')
    await code.waitFor()
    await nina.check('a sign-in with a code')
    await code.fill('000000')
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await code.fill(recovery)
    // A wrong code slows the next one down for a moment.
    await page.waitForFunction(
      () => {
        const [submit, alert] = [document.querySelector('button[type=submit]'), document.querySelector('[role=alert]')]
        if (location.pathname === '/sign-in' && alert && !submit.disabled) submit.click()
        return location.pathname === '/today'
      },
      undefined,
      { polling: 400 },
    )
    await nina.close()
  },

  async 'an administrator adds a choice, a stage and a field, and changes the settings'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    const dialog = page.getByRole('dialog')
    const part = (name) =>
      page.getByRole('navigation', { name: '管理的各部分' }).getByRole('link', { name, exact: true })
    await visitor.signIn('admin', '/admin?tab=choices')
    await page.getByRole('button', { name: '添加 行业' }).click()
    await dialog.getByLabel('代码').fill('ROBOTS')
    await dialog.getByLabel('中文名').fill('机器人')
    await dialog.getByLabel('英文名').fill('Robots')
    await visitor.check('a new choice')
    await dialog.getByRole('button', { name: '保存' }).click()
    await page.getByText('机器人').waitFor()
    await part('自定义字段').click()
    await page.getByRole('button', { name: '添加' }).click()
    await dialog.getByLabel('代码').fill('robots')
    await dialog.getByLabel('中文名').fill('机器人数量')
    await dialog.getByLabel('英文名').fill('Number of robots')
    await dialog.getByLabel('类型').selectOption({ label: '数字' })
    await dialog.getByRole('button', { name: '保存' }).click()
    await page.getByText('机器人数量').waitFor()
    await part('工作日历').click()
    await page.getByLabel('名称').fill('春节')
    await page.getByRole('button', { name: '添加' }).click()
    await page.getByText('春节').waitFor()
    await part('设置').click()
    await page.getByLabel('每人每天最多领取').fill('60')
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByText('设置已保存').waitFor()
    await part('商机阶段').click()
    await page.getByRole('button', { name: '需求确认 上移' }).click()
    await page.getByRole('listitem').first().getByText('需求确认').waitFor()
    await page.getByRole('button', { name: '发现商机 上移' }).click()
    await page.getByRole('listitem').first().getByText('发现商机').waitFor()
    for (const name of ['选项', '商机阶段', '产品', 'Webhook', '定时任务']) {
      await part(name).click()
      await visitor.ready()
      await visitor.check(name)
    }
    // What was added can be chosen at once.
    await page.getByRole('navigation').getByRole('link', { name: '客户', exact: true }).click()
    await page.getByRole('button', { name: '新客户' }).click()
    await dialog.getByLabel('行业').selectOption({ label: '机器人' })
    await dialog.getByLabel('客户名称').fill('长春机器人有限公司')
    await dialog.getByText('没有重复，可以录入').waitFor()
    await visitor.check('a new customer')
    await dialog.getByRole('button', { name: '录入' }).click()
    await page.waitForURL('**/customers/customer_*')
    await page.getByRole('heading', { name: '长春机器人有限公司' }).waitFor()
    await visitor.close()
  },

  async 'a rule is made after its preview, and a wrong condition is told where it stands'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('admin', '/rules')
    await page.getByRole('button', { name: '新规则' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('名称').fill('14 天未跟进')
    await dialog.getByRole('textbox', { name: '条件' }).fill('followup_days > ')
    await dialog.locator('.error').first().waitFor()
    await visitor.check('a wrong condition')
    await dialog.getByRole('textbox', { name: '条件' }).fill('followup_days > 1400')
    await dialog.getByText(/^现在符合条件：/).waitFor()
    await dialog.getByLabel('优先级').fill('5')
    await dialog.getByRole('button', { name: '保存' }).click()
    const confirm = dialog.getByRole('button', { name: '确认保存' })
    await Promise.race([confirm.waitFor(), dialog.waitFor({ state: 'detached' })])
    if (await confirm.isVisible()) await confirm.click()
    await page.getByText('14 天未跟进').waitFor()
    await visitor.close()
  },

  async 'feedback is recorded on a delivered order, and resolved'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('service', '/service')
    await page
      .getByRole('button', { name: /^给订单 .* 记录反馈$/ })
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: '2 星' }).check({ force: true })
    await dialog.getByLabel('客户怎么说').fill('外箱压坏了')
    await visitor.check('feedback')
    await dialog.getByRole('button', { name: '保存' }).click()
    const said = page.getByRole('listitem').filter({ hasText: '外箱压坏了' })
    await said.getByRole('button', { name: '处理' }).click()
    await dialog.getByLabel('怎么解决的').fill('换新箱重发')
    await dialog.getByRole('button', { name: '处理' }).click()
    await said.waitFor({ state: 'detached' })
    await visitor.close()
  },

  async 'where a proxy lets no socket through, the pool is live over HTTP'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await page.routeWebSocket('**/graphql', (socket) => socket.close({ code: 1011 }))
    await visitor.signIn('sales', '/pool?show=all')
    await page.locator('.side .live').waitFor()
    const name = '合肥没有套接字有限公司'
    await pooled(server, name)
    await row(page, name).waitFor()
    await visitor.close()
  },

  async 'a server that dies and comes back: the page heals by itself, and shows what happened meanwhile'({
    browser,
    server,
  }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', '/pool?show=all')
    visitor.isServerAway = true
    const address = new URL(server.url).host
    await server.end('SIGKILL')
    await page
      .getByText(/^未连接|^正在连接/)
      .first()
      .waitFor({ state: 'attached' })
    await server.start(address)
    const name = '苏州断线之后有限公司'
    await pooled(server, name)
    await row(page, name).waitFor()
    await page.locator('.side .live').waitFor()
    await visitor.close()
  },

  async 'a departure signs the leaver out while they look'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales2', '/pool')
    const hr = await browser.open(server)
    await hr.signIn('hr', '/people')
    await hr.page.getByRole('button', { name: 'Er Hao 的操作' }).click()
    await hr.check('the menu of a person')
    await hr.page.getByRole('menuitem', { name: '办理离职…' }).click()
    await hr.page.waitForURL('**/leaving')
    await hr.ready()
    await hr.check('a departure')
    await hr.page.getByLabel('输入姓名确认：Er Hao').fill('Er Hao')
    await hr.page.getByRole('button', { name: '办理离职' }).click()
    await hr.page.getByText(/Er Hao 已离职/).waitFor()
    await page.getByRole('dialog', { name: '请重新登录' }).waitFor()
    await hr.close()
    await visitor.close()
  },
}
