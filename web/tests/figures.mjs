// What people do with figures: see them, open what is behind them, take them along.
import { readFileSync } from 'node:fs'
import { Api, equal, fail } from './harness.mjs'

const TABS = ['', 'win-rate', 'cycle', 'velocity', 'ranking', 'waterfall', 'forecast', 'lifetime', 'pool']
/** In January the year has nothing to show yet. */
const YEAR =
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date()).slice(5, 7) === '01'
    ? 'last-year'
    : 'year'
const pathOf = (tab, more = '') => `/figures?${tab ? `tab=${tab}&` : ''}period=${YEAR}${more}`
const numberOf = (text) => Number(text.replaceAll(',', '').replace('−', '-').replace('+', ''))

/** The sum of all facts that a filter lists. */
async function sumOf(api, filter) {
  let [sum, count] = [0, 0]
  for (let after = null; ; ) {
    const { salesFacts } = await api.ask(
      'query($after: String, $filter: SalesFactFilter) { salesFacts(first: 100, after: $after, filter: $filter) { pageInfo { hasNextPage endCursor } edges { node { n } } } }',
      { after, filter },
    )
    for (const { node } of salesFacts.edges) sum += node.n
    count += salesFacts.edges.length
    if (!salesFacts.pageInfo.hasNextPage) return { sum, count }
    after = salesFacts.pageInfo.endCursor
  }
}

/** Opens the facts behind a number of a table. Returns the number, the filter that lists them, and how many are said. */
async function behind(visitor, card, row, column) {
  const { page } = visitor
  const table = page.getByRole('region', { name: card, exact: true }).getByRole('table')
  const head = await table.getByRole('columnheader').allInnerTexts()
  // Without a name it is the first row that has such a number.
  const line = table
    .getByRole('row')
    .filter(
      row
        ? { has: page.getByRole('rowheader', { name: row, exact: true }) }
        : { has: page.locator(`td:nth-child(${head.indexOf(column) + 1}) button`) },
    )
    .first()
  const cell = line.getByRole('cell').nth(head.indexOf(column) - 1)
  const button = cell.getByRole('button').first()
  const shown = numberOf(await button.innerText())
  const request = page.waitForRequest((one) => one.postData()?.includes('FactsBehind') ?? false)
  await button.click()
  const { variables } = JSON.parse((await request).postData())
  const about = page.getByRole('dialog').getByText(/条明细/)
  await about.waitFor()
  return { shown, filter: variables.filter, count: numberOf(/[\d,]+/.exec(await about.innerText())[0]) }
}

export const figures = {
  async 'an analyst lands on the figures, and each number is the sum of the facts behind it'({ browser, server }) {
    const [visitor, admin] = [await browser.open(server), await Api.as(server.url, 'admin')]
    const { page } = visitor
    await visitor.signIn('analyst')
    await page.waitForURL((url) => url.pathname === '/figures')
    for (const [path, card, row, column, isMinus] of [
      [pathOf(''), '漏斗', '方案报价', '到达'],
      [pathOf('', '&mode=strict'), '漏斗', '方案报价', '到达'],
      [pathOf(''), '本期进出各阶段', '需求确认', '前进'],
      [pathOf(''), '本期进出各阶段', '需求确认', '输单'],
      [pathOf('', '&by=SOURCE'), '转化率（按来源）', '官网', '其中已赢单'],
      [pathOf('win-rate', '&by=INDUSTRY'), '赢单率（按行业）', '制造业', '输单'],
      [pathOf('cycle', '&by=INDUSTRY'), '赢单周期的中位数（按行业）', '制造业', '赢单数'],
      [pathOf('velocity'), '销售速度', '合计 · CNY', '在跟商机'],
      [pathOf('forecast'), '预测（CNY）', undefined, '商机数'],
      [pathOf('lifetime', '&by=INDUSTRY'), '客户平均价值（按行业，CNY）', '制造业', '订单'],
      [pathOf('ranking', '&rank=CLAIMS'), '排名：领取', '合计', '领取'],
      [pathOf('waterfall'), '在跟商机变化', '客户流出或归档', '数量'],
      [pathOf('waterfall'), '在跟商机变化', '期初', '数量'],
      [pathOf('pool', '&by=REGION'), '公海进出（按地区）', '华东', '领取', true],
    ]) {
      await visitor.go(path)
      const { shown, filter, count } = await behind(visitor, card, row, column)
      const found = await sumOf(admin, filter)
      equal([found.sum * (isMinus ? -1 : 1), found.count], [shown, count], `${card} ${row} ${column}`)
    }
    // The analyst sees how many facts there are, and of none the customer.
    await page.getByRole('dialog').getByText('客户不可见').first().waitFor()
    await visitor.check('facts without customers')
    await page.goBack()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await visitor.close()
  },

  async 'figures of a team are those of then, and lead to customers and orders'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    const manager = await Api.as(server.url, 'manager')
    await visitor.signIn('manager', pathOf('ranking', '&by=TEAM'))
    await visitor.check('a ranking of teams')
    const table = page.getByRole('region', { name: '排名：合同额 CNY', exact: true }).getByRole('table')
    // A team of somebody else, whose facts are those below them.
    const line = table.getByRole('row').nth(1)
    const name = (await line.getByRole('rowheader').innerText()).replace(/^\d+\. /, '')
    const followUps = (await table.getByRole('columnheader').allInnerTexts()).indexOf('跟进') - 1
    const shown = numberOf(await line.getByRole('cell').nth(followUps).innerText())
    const request = page.waitForRequest((one) => one.postData()?.includes('FactsBehind') ?? false)
    await line.getByRole('cell').nth(followUps).getByRole('button').click()
    const { filter } = JSON.parse((await request).postData()).variables
    equal((await sumOf(manager, filter)).sum, shown, `follow-ups of ${name}`)
    await page.getByRole('dialog').getByRole('link').first().click()
    await page.waitForURL('**/customers/**')
    await visitor.ready()
    await page.goBack()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await visitor.go(pathOf('ranking', '&facts=performance.orders'))
    const order = page.getByRole('dialog').getByRole('link', { name: /^SO/ }).first()
    const no = await order.innerText()
    await order.click()
    await page.waitForURL(`**/orders?q=${no}**`)
    await page.getByRole('dialog').getByText(no).first().waitFor()
    await visitor.close()
  },

  async 'what is asked of figures is in the address, and comes as a file'({ browser, server }) {
    const visitor = await browser.open(server, { language: 'en' })
    const { page } = visitor
    await visitor.signIn('analyst')
    await visitor.ready()
    await page.getByLabel('Period: This quarter').selectOption(YEAR)
    await page.getByLabel('Group by: none').selectOption('SOURCE')
    await page.getByRole('heading', { name: 'Conversion by source' }).waitFor()
    await page.getByRole('link', { name: 'Win rate' }).click()
    await page.waitForURL(`**/figures?tab=win-rate&period=${YEAR}`)
    await visitor.ready()
    await page.getByRole('heading', { name: 'Win rate by month' }).waitFor()
    const card = page.getByRole('region', { name: 'Win rate by month', exact: true }).first()
    const total = card.getByRole('row').last().getByRole('cell')
    const [won, lost] = [numberOf(await total.nth(1).innerText()), numberOf(await total.nth(2).innerText())]
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    const file = readFileSync(await (await download).path(), 'utf8')
    const lines = file.trimEnd().split('\r\n')
    if (!lines[0].startsWith('\ufeffMonth,Win rate,Won,Lost,Void,Amount won CNY,Amount won USD'))
      fail(`the file begins with ${lines[0]}`)
    equal(lines.at(-1).split(',').slice(2, 4).map(Number), [won, lost], 'the total in the file')
    equal(lines.at(-1).split(',')[1], (won / (won + lost)).toFixed(4), 'the rate in the file')
    // Hidden, the table is still there to be heard, and the chart leads to the same facts.
    await page.getByRole('button', { name: 'Hide the table' }).click()
    await visitor.check('a chart without its table')
    // The first month, because the current one may have nothing to show yet.
    const point = page.getByRole('group', { name: 'Win rate by month' }).getByRole('button').first()
    await point.focus()
    await page.keyboard.press('Enter')
    await page
      .getByRole('dialog')
      .getByText(/^\d[\d,]* facts?\./)
      .first()
      .waitFor()
    await visitor.check('facts from a chart')
    const address = page.url()
    await page.reload()
    await page
      .getByRole('dialog')
      .getByText(/^\d[\d,]* facts?\./)
      .first()
      .waitFor()
    equal(page.url(), address, 'the address after a reload')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Show the table' }).waitFor()
    // A user who sees all figures takes the facts themselves along.
    await page.getByRole('button', { name: 'Raw data' }).click()
    const facts = page.waitForEvent('download')
    await visitor.check('the menu of files')
    await page.getByRole('menuitem', { name: 'metric_win_rate_month.csv' }).click()
    if (!readFileSync(await (await facts).path(), 'utf8').startsWith('month,')) fail('the file of a view has no header')
    await visitor.close()
  },

  async 'figures say why there are none, and look well in every section on a phone in the dark'({ browser, server }) {
    const visitor = await browser.open(server, { phone: true, theme: 'dark' })
    const { page } = visitor
    await visitor.signIn('analyst')
    for (const tab of TABS) {
      await visitor.go(pathOf(tab, tab === 'ranking' ? '&per=QUARTER' : '&by=SOURCE'))
      await page.getByText(/数据截至/).waitFor()
      await visitor.check(`the section ${tab || 'funnel'} on a phone`)
    }
    await visitor.go('/figures?tab=win-rate&period=own&from=2031-01-01&to=2031-01-31')
    await page.getByText('这段时间没有数据').waitFor()
    await visitor.check('no figures')
    visitor.isServerAway = true
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('query WinRate') ? route.abort() : route.continue(),
    )
    await page.getByRole('button', { name: '看今年' }).click()
    await page.getByText('分析加载失败').waitFor()
    await visitor.check('figures without a connection')
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: '重试' }).click()
    await page.getByText(/数据截至/).waitFor()
    // The cohorts show what customers brought, or how many ordered again.
    await visitor.go(pathOf('lifetime'))
    await page.getByLabel('看客户价值').selectOption({ label: '复购率' })
    await page.getByRole('heading', { name: '按首单季度：复购客户占比' }).waitFor()
    await page.getByRole('region', { name: '按首单季度：复购客户占比' }).getByText(/%$/).first().waitFor()
    await visitor.check('who ordered again')
    await visitor.close()
    const stranger = await browser.open(server)
    await stranger.signIn('hr', '/figures')
    await stranger.page.getByText('你没有权限看分析').waitFor()
    equal(await stranger.page.getByRole('link', { name: '分析' }).count(), 0, 'places in the menu')
    await stranger.check('figures that are not to be seen')
    await stranger.close()
    const rep = await browser.open(server)
    await rep.signIn('sales', '/figures?tab=pool')
    await rep.page.getByRole('heading', { name: '漏斗' }).waitFor()
    equal(await rep.page.getByLabel(/^团队/).count(), 0, 'choices of a team for somebody without one')
    await rep.page.keyboard.press('Control+k')
    await rep.page.getByRole('dialog').getByRole('option', { name: '分析' }).waitFor()
    await rep.close()
  },
}
