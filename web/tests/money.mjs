// How orders are paid: instalments, payments, what is left to pay; and the lists that are taken along as files.
import { readFileSync } from 'node:fs'
import { Api, equal, fail, owned } from './harness.mjs'

const DAY = 86_400_000
/** A day of the business time zone, so many days from now. */
const dayOf = (days) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date(Date.now() + days * DAY))

/** An order of the rep over 10,000, of a customer of their own. */
async function order(server, name) {
  const id = await owned(server, name)
  const sales = await Api.as(server.url, 'sales')
  const { products } = await sales.ask(
    '{ products(first: 1, filter: {isActive: {eq: true}}) { edges { node { id } } } }',
  )
  const { createOrder } = await sales.ask(
    'mutation($input: CreateOrderInput!) { createOrder(input: $input) { order { id orderNo version } userErrors { message } } }',
    {
      input: {
        customerId: id,
        currency: 'CNY',
        lines: [{ productId: products.edges[0].node.id, quantity: '4', unitPrice: '2500' }],
      },
    },
  )
  return createOrder.order ?? fail(JSON.stringify(createOrder.userErrors))
}

async function plan(api, { id, version }, parts) {
  const { setInstalments } = await api.ask(
    'mutation($input: SetInstalmentsInput!) { setInstalments(input: $input) { order { version } userErrors { message } } }',
    {
      input: {
        orderId: id,
        version,
        instalments: parts.map(([days, share]) => ({ dueOn: dayOf(days), share: String(share) })),
      },
    },
  )
  equal(setInstalments.userErrors, [], 'why instalments were refused')
}

const numberOf = (text) => Number(text.replace(/[^\d.]/g, ''))

/** Downloads the list that is shown. Returns its lines, without the head. */
async function fileOf(page, name) {
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name }).click()
  const text = readFileSync(await (await download).path(), 'utf8')
  if (!text.startsWith('\ufeff')) fail('the file does not say that it is UTF-8')
  return text.slice(1).trimEnd().split('\r\n')
}

export const money = {
  async 'an order is paid in instalments; a payment is recorded and taken back; the print has them'({
    browser,
    server,
  }) {
    const { id, orderNo } = await order(server, '宁波分期有限公司')
    const boss = await browser.open(server)
    const { page } = boss
    await boss.signIn('manager', `/orders?q=${orderNo}&open=${id}`)
    const detail = page.getByRole('dialog', { name: `订单 ${orderNo}` })
    const plan = page.getByRole('dialog', { name: `分期 · ${orderNo}` })
    await detail.getByText('没有约定分期。').waitFor()
    await detail.getByRole('button', { name: '设置' }).click()
    await plan.getByRole('group', { name: '第 3 期' }).waitFor()
    equal(await plan.getByLabel('比例（%）').first().inputValue(), '30', 'the first of the usual shares')
    await plan.getByRole('group', { name: '第 1 期' }).getByLabel('比例（%）').fill('50')
    await plan.getByText('多出 20%').waitFor()
    await plan.getByRole('button', { name: '保存' }).click()
    await plan.getByRole('alert').waitFor()
    await boss.check('shares that are too much')
    await plan.getByRole('button', { name: '30/70' }).click()
    await plan.getByRole('group', { name: '第 2 期' }).getByLabel('质保金').check()
    // A day before that of the first instalment is refused where it stands.
    await plan.getByRole('group', { name: '第 2 期' }).getByLabel('到期日').fill(dayOf(-3))
    await plan.getByRole('button', { name: '保存' }).click()
    await plan.locator('.error').first().waitFor()
    await boss.check('instalments in the wrong order')
    await plan.getByRole('group', { name: '第 1 期' }).getByLabel('到期日').fill(dayOf(-10))
    await plan.getByRole('button', { name: '保存' }).click()
    await plan.waitFor({ state: 'detached' })
    const parts = detail.getByRole('region', { name: '分期' })
    await parts.getByRole('row').nth(1).getByText('逾期 10 天').waitFor()
    await parts.getByRole('row').nth(2).getByText('逾期 3 天').waitFor()
    await parts.getByRole('row').nth(2).getByText('质保金').waitFor()
    await boss.check('instalments that are overdue')

    const pay = page.getByRole('dialog', { name: `收款 · ${orderNo}` })
    await detail.getByRole('button', { name: '收款' }).click()
    equal(Number(await pay.getByLabel(/^收款金额/).inputValue()), 3000, 'what is paid next')
    await pay.getByLabel(/^收款金额/).fill('30000')
    await pay.getByRole('button', { name: '收款' }).click()
    await pay.locator('.error').first().waitFor()
    await boss.check('a payment that is too much')
    await pay.getByLabel(/^收款金额/).fill('3000')
    await pay.getByLabel('到账日期').fill(dayOf(-2))
    await pay.getByLabel('付款方式').selectOption({ label: '银行转账' })
    await pay.getByLabel(/^流水号/).fill('ICBC-20261')
    await pay.getByRole('button', { name: '收款' }).click()
    await pay.waitFor({ state: 'detached' })
    await parts.getByRole('row').nth(1).getByText('已付清').waitFor()
    const payments = detail.getByRole('region', { name: '收款' })
    await payments.getByText('银行转账、ICBC-20261').waitFor()

    const undo = page.getByRole('dialog', { name: '冲销收款 ¥3,000' })
    await payments.getByRole('button', { name: /^冲销 .*¥3,000$/ }).click()
    await boss.check('the question before a payment is taken back')
    await undo.getByLabel('原因').fill('记到别的订单了')
    await undo.getByRole('button', { name: '冲销' }).click()
    await undo.waitFor({ state: 'detached' })
    await payments.getByText('已冲销').waitFor()
    await parts.getByRole('row').nth(1).getByText('逾期 10 天').waitFor()
    await detail.getByText('记到别的订单了').waitFor()
    await boss.check('a payment that was taken back')

    await page.emulateMedia({ media: 'print' })
    await page.evaluate(() => document.documentElement.classList.add('print-dialog'))
    await parts.waitFor()
    equal(await page.locator('#app').isVisible(), false, 'whether the page behind the order is printed')
    equal(await detail.getByRole('button').count(), 0, 'buttons on paper')
    await page.evaluate(() => document.documentElement.classList.remove('print-dialog'))
    await page.emulateMedia({ media: 'screen' })
    await page.keyboard.press('Escape')
    await detail.waitFor({ state: 'detached' })
    await boss.close()

    // The rep sees what may not be done, and why.
    const rep = await browser.open(server, { phone: true, theme: 'dark', language: 'en' })
    await rep.signIn('sales', `/orders?q=${orderNo}&open=${id}`)
    const shown = rep.page.getByRole('dialog')
    await shown.getByText('you may not ship it before').waitFor()
    equal(await shown.getByRole('button', { name: 'Ship' }).isDisabled(), true, 'whether it can’t be shipped')
    equal(await shown.getByRole('button', { name: 'Take back' }).count(), 0, 'ways of a rep to take payments back')
    await rep.check('an order on a phone')
    await rep.close()
  },

  async 'finance begins with what is left to pay, and each number leads to its orders'({ browser, server }) {
    const made = await order(server, '台州欠款有限公司')
    const sales = await Api.as(server.url, 'sales')
    await plan(sales, made, [
      [-100, 30],
      [-40, 20],
      [60, 50],
    ])
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('finance')
    await page.waitForURL('**/orders?tab=due')
    const card = page.getByRole('region', { name: '应收账龄（CNY）' })
    await card.waitFor()
    await visitor.check('receivables')
    const finance = await Api.as(server.url, 'finance')
    const OPEN =
      '{paymentStatus: {in: [UNPAID, PARTLY_PAID]}, not: {status: {in: [CANCELLED, REFUNDED]}}, currency: {eq: "CNY"}}'
    const { orderTotals } = await finance.ask(
      `{ orderTotals(filter: ${OPEN}) { currencies { openAmount { amount } overdueAmount { amount } overdueLongerAmount { amount } } } }`,
    )
    const [sums] = orderTotals.currencies
    const links = card.getByRole('link')
    const titles = await links.evaluateAll((all) => all.map((one) => one.getAttribute('title')))
    for (const field of ['openAmount', 'overdueAmount', 'overdueLongerAmount'])
      if (!titles.map(numberOf).includes(Number(sums[field].amount)))
        fail(`${field} ${sums[field].amount} is not among ${titles}`)
    // What is overdue is the sum of its orders, whichever number was pressed.
    for (const [due, field] of [
      ['OVERDUE', 'overdueAmount'],
      ['90', 'overdueLongerAmount'],
    ]) {
      await visitor.answered('query Orders(', () =>
        card.locator(`a[href*="due=${due}&"], a[href$="due=${due}"]`).click(),
      )
      await page.waitForURL((url) => url.searchParams.get('due') === due && url.searchParams.get('currency') === 'CNY')
      const asked = JSON.parse(visitor.requests.filter((one) => one.includes('query Orders(')).at(-1)).variables
      const listed = await finance.ask(
        'query($filter: OrderFilter) { orderTotals(filter: $filter) { orders currencies { overdueAmount { amount } overdueLongerAmount { amount } } } }',
        { filter: asked.filter },
      )
      equal(listed.orderTotals.currencies[0][field].amount, sums[field].amount, `the sum of the orders behind ${field}`)
      await page.waitForFunction(
        (n) => document.querySelector('.page-head .count')?.textContent === n,
        String(listed.orderTotals.orders),
      )
      await page.getByRole('row').filter({ hasText: '台州欠款有限公司' }).waitFor()
    }
    const total = await page.locator('.page-head .count').innerText()
    const lines = await fileOf(page, '下载 CSV')
    equal(lines.length - 1, Number(total), 'lines of the file')
    if (
      !lines.some((line) => line.includes(made.orderNo) && line.includes('台州欠款有限公司') && line.includes('5000'))
    )
      fail(`the order is not in the file, or without what is overdue: ${lines.slice(0, 3).join('\n')}`)
    await page.getByRole('searchbox').fill('SO-NONE')
    await page.getByText('没有符合条件的订单').waitFor()
    await visitor.check('no receivables')
    await page.getByRole('button', { name: '清除筛选' }).first().click()
    await page.waitForURL('**/orders?tab=due')
    await page.getByRole('link', { name: '订单', exact: true }).last().click()
    await page.waitForURL((url) => url.pathname === '/orders' && !url.search)
    await page.getByText(/^合计 ¥/).waitFor()
    await visitor.check('orders with their sums')
    await visitor.close()

    const phone = await browser.open(server, { phone: true, theme: 'dark', language: 'en' })
    await phone.signIn('finance', '/orders?tab=due&due=OVERDUE')
    await phone.page.getByRole('region', { name: 'Receivables in CNY' }).waitFor()
    await phone.check('receivables on a phone')
    phone.isServerAway = true
    await phone.page.route('**/graphql', (route) => route.abort('connectionreset'))
    await phone.page.getByLabel('Due', { exact: true }).selectOption('TODAY')
    await phone.page.getByText('The list could not be read').waitFor()
    await phone.check('receivables without a connection')
    await phone.page.unroute('**/graphql')
    await phone.page.getByRole('button', { name: 'Try again' }).click()
    await phone.page.getByText('The list could not be read').waitFor({ state: 'detached' })
    await phone.close()
    // Who records no payments sees orders, and no sums of them.
    const service = await browser.open(server)
    await service.signIn('service', '/orders?tab=due')
    equal(await service.page.getByRole('link', { name: '应收' }).count(), 0, 'receivables for the service desk')
    await service.close()
  },

  async 'orders, opportunities and tasks of a team come as files'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    for (const [path, head] of [
      ['/orders', '订单号,客户,负责人,下单,状态,产品,金额 CNY'],
      ['/pipeline', '客户,负责人,意向产品,阶段,成交概率（%）,预计金额 CNY'],
      ['/today/tasks?owner=all', '任务,客户,关于,谁来做,到期,状态'],
    ]) {
      if (path === '/orders') await visitor.signIn('manager', path)
      else await visitor.go(path)
      const total = numberOf(await page.locator('.page-head .count').innerText())
      const lines = await fileOf(page, '下载 CSV')
      if (!lines[0].startsWith(head)) fail(`the file of ${path} begins with ${lines[0]}`)
      equal(lines.length - 1, total, `lines of the file of ${path}`)
    }
    await visitor.go('/pipeline?close=late')
    await visitor.check('opportunities that are late')
    await visitor.close()
    const rep = await browser.open(server)
    await rep.signIn('sales', '/pipeline')
    equal(await rep.page.getByRole('button', { name: '下载 CSV' }).count(), 0, 'files for somebody without a team')
    await rep.close()
  },
}
