// What people have to do, how they find it, and how a superior sees it.
import { readFileSync } from 'node:fs'
import { Api, equal, fail, owned } from './harness.mjs'

const idOf = async (api) => (await api.ask('{ viewer { user { id } } }')).viewer.user.id
const countOf = (page) => page.locator('.page-head .count').innerText()

export const work = {
  async 'a task is given on the page of a customer, and its owner moves, completes and cancels without leaving today'({
    browser,
    server,
  }) {
    const name = '南通任务有限公司'
    const id = await owned(server, name)
    const [rep, boss] = [await browser.open(server), await browser.open(server)]
    await rep.signIn('sales', '/today')
    await boss.signIn('manager', `/customers/${id}`)
    const give = async (subject) => {
      await boss.page.getByRole('region', { name: '任务' }).getByRole('button', { name: '新建' }).click()
      const dialog = boss.page.getByRole('dialog')
      await dialog.getByLabel('做什么').fill(subject)
      await dialog.getByLabel('几点').selectOption('10:30')
      await boss.check('a new task')
      equal(await dialog.getByLabel('谁来做').locator('option:checked').innerText(), 'Xiao Shou', 'who does it')
      await dialog.getByRole('button', { name: '保存' }).click()
      await boss.page.getByRole('region', { name: '任务' }).getByText(subject).waitFor()
    }
    await give('发送合同')
    await boss.check('a customer with a task')
    // It comes by itself, and says who gave it.
    const row = (subject) => rep.page.locator('[data-row]').filter({ hasText: subject })
    await row('发送合同').waitFor()
    await row('发送合同').getByText('明天').waitFor()
    await give('寄样品')
    await give('约见面')
    await row('约见面').waitFor()
    await rep.check('tasks on today')
    await row('发送合同')
      .getByRole('button', { name: /改期或取消$/ })
      .click()
    await rep.check('the menu of a task')
    await rep.page.getByRole('menuitem', { name: /^3 天后/ }).click()
    await row('发送合同').getByText('明天').waitFor({ state: 'detached' })
    await row('发送合同')
      .getByRole('button', { name: /改期或取消$/ })
      .click()
    await rep.page.getByRole('menuitem', { name: '改到其他时间…' }).click()
    const dialog = rep.page.getByRole('dialog')
    equal(await dialog.getByLabel('几点').inputValue(), '10:30', 'the time, after a move by days')
    await rep.check('another time')
    await dialog.getByLabel('哪天').fill('2001-01-01')
    await dialog.getByLabel('哪天').evaluate((field) => field.removeAttribute('min'))
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.locator('.error').waitFor()
    await rep.check('a time that has passed')
    await rep.page.keyboard.press('Escape')
    await row('寄样品')
      .getByRole('button', { name: /改期或取消$/ })
      .click()
    await rep.page.getByRole('menuitem', { name: '取消任务…' }).click()
    await rep.check('the question before a task is cancelled')
    await dialog.getByRole('button', { name: '取消任务' }).click()
    await row('寄样品').waitFor({ state: 'detached' })
    // By keyboard: the row that takes its place has the focus then.
    await row('约见面').focus()
    await rep.page.keyboard.press('d')
    await row('约见面').waitFor({ state: 'detached' })
    await rep.page.getByText('✓ 约见面').waitFor()
    await rep.page.waitForFunction(() => document.activeElement?.matches('[data-row]'))
    // Without a connection the task stays, and the page says why.
    rep.isServerAway = true
    await rep.page.route('**/graphql', (route) =>
      route.request().postData()?.includes('completeTask') ? route.abort() : route.continue(),
    )
    await row('发送合同').getByRole('button', { name: /^完成/ }).click()
    await rep.page.getByText('没有网络连接').waitFor()
    await rep.page.unroute('**/graphql')
    await row('发送合同').getByRole('button', { name: /^完成/ }).click()
    await rep.page.getByText('✓ 发送合同').waitFor()
    await rep.go('/today/tasks?status=DONE')
    await rep.page.getByRole('row').filter({ hasText: '发送合同' }).waitFor()
    await rep.check('tasks that are done')
    await rep.close()
    await boss.close()
  },

  async 'what a note plans is a task, which the next note completes, and one made by hand on request'({
    browser,
    server,
  }) {
    const name = '常州计划有限公司'
    const id = await owned(server, name)
    const visitor = await browser.open(server, { phone: true, theme: 'dark' })
    const { page } = visitor
    await visitor.signIn('sales', `/customers/${id}`)
    const tasks = page.getByRole('region', { name: '任务' })
    await tasks.getByText('没有要做的。').waitFor()
    await page.getByRole('textbox', { name: /说了什么/ }).fill('要报价')
    await page.getByRole('button', { name: '明天' }).click()
    await page.getByLabel('到时做什么？').fill('发报价单')
    await visitor.check('a note with a plan')
    await page.getByRole('button', { name: '保存' }).click()
    await tasks.getByText('发报价单').waitFor()
    await tasks.getByText('跟进时安排').waitFor()
    await tasks.getByRole('button', { name: '新建' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('做什么').fill('寄宣传册')
    await visitor.check('a new task on a phone')
    await dialog.getByRole('button', { name: '保存' }).click()
    await tasks.getByText('寄宣传册').waitFor()
    await visitor.go('/today')
    const row = (subject) => page.locator('[data-row]').filter({ hasText: name }).filter({ hasText: subject })
    await row('发报价单').waitFor()
    await row('寄宣传册')
      .getByRole('button', { name: `给 ${name} 写跟进` })
      .click()
    await page.getByText('同时完成任务：寄宣传册').waitFor()
    await page.getByRole('textbox', { name: `${name}：说了什么？` }).fill('都收到了')
    await page.getByRole('button', { name: '下周一' }).click()
    await visitor.check('a note that completes a task')
    await page.getByRole('button', { name: '保存' }).click()
    await row('联系客户').waitFor()
    equal(await page.locator('[data-row]').filter({ hasText: name }).count(), 1, 'rows of the customer')
    await visitor.close()
  },

  async 'one search finds customers, contacts, orders, opportunities, products and people, and leads there by rights'({
    browser,
    server,
  }) {
    const name = '扬州搜索有限公司'
    const id = await owned(server, name)
    const sales = await Api.as(server.url, 'sales')
    await sales.ask(
      'mutation($id: ID!) { createContact(input: {customerId: $id, name: "欧阳寻", phones: ["13955501234"]}) { userErrors { message } } }',
      { id },
    )
    const { orders } = await sales.ask('{ orders(first: 1) { edges { node { orderNo } } } }')
    const { orderNo } = orders.edges[0].node
    const { products } = await sales.ask('{ products(first: 1) { edges { node { name } } } }')
    const product = products.edges[0].node.name
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', '/pool')
    const option = (text) => page.getByRole('option', { name: text })
    const look = async (text) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.type(text)
    }
    await look('欧阳寻')
    await option(/欧阳寻.*扬州搜索有限公司.*联系人/).waitFor()
    await visitor.check('a contact that was found')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/customers/${id}`)
    await look('139 5550 1234')
    await option(new RegExp(name)).waitFor()
    await page.keyboard.press('Escape')
    await look(orderNo.slice(2))
    await option(new RegExp(`^${orderNo}`)).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/orders?q=${orderNo}&open=order_*`)
    await page.getByRole('dialog').getByText('合计').waitFor()
    await page.keyboard.press('Escape')
    // A rep sees the price of a product, which has no page for reps.
    await look(product)
    await option(new RegExp(`^${product.replace(/[.*+?^$()|[\]\\]/g, '\\$&')}`))
      .first()
      .waitFor()
    equal(await option(/产品$/).first().getAttribute('aria-disabled'), 'true', 'whether the product is only shown')
    await visitor.check('a product that was found')
    await page.keyboard.press('Escape')
    // An answer that takes long is waited for in words, a fast one is not; one that does not come says so.
    let isHeld = true
    await page.route('**/graphql', async (route) => {
      if (isHeld && route.request().postData()?.includes('query Jump(')) {
        await page.getByText('正在搜索…').waitFor()
        isHeld = false
      }
      await route.continue()
    })
    await look('扬州搜索')
    await option(new RegExp(name)).first().waitFor()
    equal(await page.getByText('正在搜索…').count(), 0, 'waiting after the answer')
    await page.keyboard.press('Escape')
    await page.unroute('**/graphql')
    visitor.isServerAway = true
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('query Jump(') ? route.abort() : route.continue(),
    )
    await look('没有网络')
    await page.getByRole('dialog').getByRole('alert').waitFor()
    await visitor.check('a search without a connection')
    await visitor.close()

    const hr = await browser.open(server, { phone: true, theme: 'dark', language: 'en' })
    await hr.signIn('hr', '/people')
    await hr.page.keyboard.press('Control+k')
    await hr.page.getByRole('dialog').waitFor()
    await hr.page.keyboard.type('xiao shou')
    await hr.page.getByRole('option', { name: /Xiao Shou.*Person/ }).waitFor()
    await hr.check('a person that was found')
    await hr.page.keyboard.press('Enter')
    await hr.page.waitForURL('**/people?q=Xiao%20Shou')
    await hr.page.keyboard.press('Control+k')
    await hr.page.getByRole('dialog').waitFor()
    await hr.page.keyboard.type(orderNo)
    await hr.page.getByText('Nothing found').waitFor()
    await hr.close()
  },

  async 'a superior sees the team at a glance, and each number leads to the rows that it counts'({ browser, server }) {
    const sales = await Api.as(server.url, 'sales')
    const rep = await idOf(sales)
    const id = await owned(server, '镇江一览有限公司')
    await sales.ask(
      'mutation($id: ID!) { recordFollowUp(input: {customerId: $id, channel: PHONE, content: "今天谈过"}) { userErrors { message } } }',
      { id },
    )
    await sales.ask(
      'mutation($id: ID!, $at: DateTime!) { createTask(input: {customerId: $id, subject: "一览里的任务", dueTime: $at}) { userErrors { message } } }',
      { id, at: new Date(Date.now() + 86_400_000).toISOString() },
    )
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('manager', '/team')
    const table = page.getByRole('region', { name: '团队一览' })
    await table.getByRole('row').nth(1).waitFor()
    await visitor.check('the team at a glance')
    const links = () => table.getByRole('row').filter({ hasText: 'Xiao Shou' }).getByRole('link')
    const numbers = await links().evaluateAll((all) =>
      all.map((one) => ({ label: one.getAttribute('aria-label'), to: one.getAttribute('href') })),
    )
    if (numbers.length < 4) fail(`too few numbers: ${JSON.stringify(numbers)}`)
    for (const { label, to } of numbers) {
      if (!to.includes(rep)) fail(`${label} leads to ${to}`)
      await visitor.go('/team')
      await links().and(page.getByLabel(label)).click()
      await page.waitForURL(`**${to}`)
      const counted = /：([\d,]+)$/.exec(label)[1]
      if (to.includes('notes=')) {
        await page.getByRole('dialog').getByText('今天谈过').waitFor()
        equal(await page.getByRole('dialog').locator('li').count(), Number(counted), label)
        await visitor.check('notes of today')
      } else {
        await page.waitForFunction((n) => document.querySelector('.page-head .count')?.textContent === n, counted)
        equal(await countOf(page), counted, label)
      }
    }
    await visitor.go('/team')
    await table.getByRole('button', { name: '任务', exact: true }).click()
    await table.getByRole('columnheader', { name: '任务', exact: true }).waitFor()
    equal(
      await table.getByRole('columnheader', { name: '任务', exact: true }).getAttribute('aria-sort'),
      'descending',
      'the order',
    )
    await visitor.close()
    const away = await browser.open(server, { phone: true, language: 'en', theme: 'dark' })
    away.isServerAway = true
    await away.page.route('**/graphql', (route) =>
      route.request().postData()?.includes('query TeamNumbers') ? route.abort() : route.continue(),
    )
    await away.signIn('manager', '/team')
    await away.page.getByText(/The team at a glance could not be read/).waitFor()
    await away.check('a team that could not be read')
    await away.page.unroute('**/graphql')
    await away.page.getByRole('button', { name: 'Try again' }).click()
    await away.page.getByRole('region', { name: 'The team at a glance' }).waitFor()
    await away.check('the team at a glance on a phone')
    await away.close()
  },

  async 'a list of the team is filtered, the filters are kept by a name, and the list comes as a file'({
    browser,
    server,
  }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('manager', '/team?level=KEY')
    const name = await page
      .getByRole('table', { name: '团队', exact: true })
      .getByRole('row')
      .nth(1)
      .locator('.name')
      .innerText()
    const total = await countOf(page)
    await page.getByRole('button', { name: '常用筛选' }).click()
    await page.getByRole('menuitem', { name: '保存当前筛选…' }).click()
    await page.getByRole('dialog').getByLabel('名称').fill('重点客户')
    await visitor.check('a name for filters')
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
    await page.getByRole('button', { name: '清除筛选' }).click()
    await page.waitForURL('**/team')
    await page.reload()
    await visitor.ready()
    await page.getByRole('button', { name: '常用筛选' }).click()
    await visitor.check('filters to choose')
    await page.getByRole('menuitem', { name: '重点客户' }).click()
    await page.waitForURL('**/team?level=KEY')
    await page.waitForFunction((n) => document.querySelector('.page-head .count')?.textContent === n, total)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: '下载 CSV' }).click()
    const lines = readFileSync(await (await download).path(), 'utf8')
      .trimEnd()
      .split('\r\n')
    equal(String(lines.length - 1), total, 'lines of the file')
    if (!lines.some((line) => line.includes(name))) fail(`${name} is not in the file`)
    await page.getByRole('button', { name: '重点客户' }).click()
    await page.getByRole('menuitem', { name: '删除“重点客户”' }).click()
    await page.getByRole('button', { name: '常用筛选' }).waitFor()
    await visitor.close()
  },

  async 'a superior sets targets by month, and the ranking shows what is attained of them'({ browser, server }) {
    // Also on the first day of a month there is something to rank.
    const sales = await Api.as(server.url, 'sales')
    await sales.ask(
      'mutation($id: ID!) { recordFollowUp(input: {customerId: $id, channel: PHONE, content: "目标里的跟进"}) { userErrors { message } } }',
      { id: await owned(server, '无锡目标有限公司') },
    )
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('manager', '/figures?tab=targets&goal=FOLLOW_UPS&period=month')
    await page.getByRole('region', { name: '目标完成：跟进' }).first().waitFor()
    await visitor.check('targets')
    await page.getByRole('button', { name: '设目标' }).click()
    const field = page.getByLabel(/^Xiao Shou，/)
    await field.fill('-5')
    await field.evaluate((one) => one.removeAttribute('min'))
    await page.getByRole('button', { name: '保存' }).click()
    await page
      .getByRole('alert')
      .getByText(/^Xiao Shou，/)
      .waitFor()
    await visitor.check('a target that is refused')
    await field.fill('77')
    await page.getByRole('button', { name: '保存' }).click()
    const card = page.getByRole('region', { name: '目标完成：跟进' }).first()
    await card.getByRole('row').filter({ hasText: 'Xiao Shou' }).getByText('77').first().waitFor()
    const request = visitor.requests.filter((one) => one.includes('mutation SetTargets')).at(-1)
    equal(JSON.parse(request).variables.targets.length, 1, 'targets that were set')
    await visitor.go('/figures?tab=ranking&rank=FOLLOW_UPS&period=month')
    const ranked = page.getByRole('region', { name: '目标完成：跟进' }).first()
    await ranked.getByRole('row').filter({ hasText: 'Xiao Shou' }).getByText('77').first().waitFor()
    await visitor.check('a ranking with targets')
    await ranked.getByRole('link', { name: '按月看，或设目标' }).click()
    await page.waitForURL(/tab=targets/)
    await visitor.close()
    const rep = await browser.open(server, { phone: true, theme: 'dark', language: 'en' })
    await rep.signIn('sales', '/figures?tab=targets&period=month')
    await rep.page.getByRole('region', { name: 'Targets: Booked CNY' }).first().waitFor()
    equal(await rep.page.getByRole('button', { name: 'Set targets' }).count(), 0, 'ways to set one’s own targets')
    await rep.check('targets on a phone')
    await rep.go('/figures?tab=targets&period=own&from=2031-01-01&to=2031-01-31')
    await rep.page.getByText('No targets in this period').waitFor()
    await rep.close()
  },

  async 'unknown columns are said, several contacts of a row are taken, and other records move in'({
    browser,
    server,
  }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    const choose = (name, text) =>
      page.getByLabel(/拖到这里|再选一次/).setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
    const check = () => page.getByRole('button', { name: '读取并预检' }).click()
    await visitor.signIn('admin', '/import')
    await choose(
      '老系统.csv',
      '甲方抬头,来源,老板,老板手机,会计,会计手机,备用\n泰州列名有限公司,展会,王一,13955500001,李二,13955500002,x\n',
    )
    await check()
    // The name of the company is in no column that is known.
    await page.getByRole('alert').first().waitFor()
    const column = (header) => page.getByLabel(`“${header}” 列`)
    await column('甲方抬头').selectOption({ label: '客户名称' })
    await column('老板').selectOption({ label: '联系人' })
    await column('老板手机').selectOption({ label: '电话' })
    await visitor.check('columns to say')
    await check()
    await page.waitForURL('**/import/import_*')
    await visitor.ready()
    await page.getByRole('region', { name: '列' }).getByText('备用').waitFor()
    await page.getByRole('button', { name: '改列…' }).click()
    await page.waitForURL('**/import?kind=CUSTOMERS')
    await column('会计').selectOption({ label: '联系人' })
    await page.getByLabel('会计 第几个联系人').selectOption({ label: '联系人 2' })
    await column('会计手机').selectOption({ label: '电话' })
    await page.getByLabel('会计手机 第几个联系人').selectOption({ label: '联系人 2' })
    await check()
    await page.waitForURL('**/import/import_*')
    await page.getByRole('region', { name: '列' }).getByText('电话（联系人 2）').waitFor()
    await page.getByRole('button', { name: '执行导入' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '执行导入' }).click()
    await page.getByRole('link', { name: '泰州列名有限公司' }).click()
    const contacts = page.getByRole('region', { name: '联系人' })
    await contacts.getByText('王一').waitFor()
    await contacts.getByText('李二').waitFor()

    await visitor.go('/import')
    await page.getByLabel('文件里是什么').selectOption({ label: '产品' })
    await page.getByText('需要：产品编码、产品名称、单价').waitFor()
    await choose('产品.csv', 'SKU,产品名称,单价\nMOVE-1,搬家的产品,12.50\n')
    await visitor.check('products to import')
    await check()
    await page.waitForURL('**/import/import_*')
    await page.getByRole('button', { name: '新建 1' }).waitFor()
    await page.getByRole('button', { name: '执行导入' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '执行导入' }).click()
    await page.getByRole('button', { name: '撤销导入' }).waitFor()
    await visitor.close()
    const marketing = await browser.open(server, { phone: true, language: 'en', theme: 'dark' })
    await marketing.signIn('marketing', '/import')
    await marketing.page
      .getByLabel(/Drop a file here/)
      .setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('foo,bar\n1,2\n') })
    await marketing.page.getByRole('button', { name: 'Read and check' }).click()
    await marketing.page.getByLabel('Column “foo”').waitFor()
    await marketing.check('columns to say on a phone')
    await marketing.close()
  },
}
