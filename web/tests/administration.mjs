// What administrators do: roles, keys, the log, webhooks. Told as in scenarios.mjs.
import { readFileSync } from 'node:fs'
import { Api, equal, fail } from './harness.mjs'

const ofRole = (page, name) => page.getByRole('group', { name, exact: true })

export const administration = {
  async 'a role is made, its permissions are ticked and saved, and who has it may do just that'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    const dialog = page.getByRole('dialog')
    await visitor.signIn('admin', '/admin?tab=roles')
    await page.getByRole('button', { name: '新角色' }).click()
    await dialog.getByLabel('代码').fill('Service Lead')
    await dialog.getByLabel('中文名').fill('客服主管')
    await dialog.getByLabel('英文名').fill('Service lead')
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.locator('.error').first().waitFor()
    await visitor.check('a wrong name of a role')
    await dialog.getByLabel('代码').fill('service_lead')
    await dialog.getByRole('button', { name: '保存' }).click()
    await page.getByRole('heading', { name: '客服主管' }).waitFor()
    await ofRole(page, '查看跟进').getByLabel('全部').check({ force: true })
    await ofRole(page, '查看客户').getByLabel('下过单的').check({ force: true })
    await page.getByRole('region', { name: '2 项改动' }).waitFor()
    await visitor.check('changes of permissions')
    // What is not saved is not lost unasked.
    const asked = page.waitForEvent('dialog')
    const left = page.getByRole('link', { name: '审计日志' }).click()
    await (await asked).dismiss()
    await left
    await page.getByRole('region', { name: '2 项改动' }).getByRole('button', { name: '保存' }).click()
    await page.getByText('权限已改，立即生效').waitFor()
    await page.reload()
    await visitor.ready()
    equal(await ofRole(page, '查看跟进').getByLabel('全部').isChecked(), true, 'the permission after a reload')
    await ofRole(page, '查看跟进').getByLabel('全部').uncheck({ force: true })
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByText('权限已改，立即生效').waitFor()
    const admin = await Api.as(server.url, 'admin')
    const { roles } = await admin.ask('{ roles { name permissions { resource action scope } } }')
    const made = roles.find((role) => role.name === 'service_lead')
    equal(made.permissions, [{ resource: 'customer', action: 'read', scope: 'ordered' }], 'permissions')
    await visitor.close()
  },

  async 'the last right to change permissions stays, and what a manager inherits is said'({ browser, server }) {
    const visitor = await browser.open(server, { phone: true, theme: 'dark' })
    const { page } = visitor
    await visitor.signIn('admin', '/admin?tab=roles&role=admin')
    await ofRole(page, '修改角色的权限').getByLabel('允许').uncheck({ force: true })
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByRole('alert').waitFor()
    await visitor.check('a refused change of permissions')
    await page.getByRole('button', { name: '放弃' }).click()
    await page.getByRole('button', { name: '返回角色' }).click()
    await page.getByRole('link', { name: /^销售主管/ }).click()
    await ofRole(page, '领取客户').getByText('来自 销售').waitFor()
    await visitor.check('an inherited permission')
    await visitor.close()
  },

  async 'why somebody may do something, or may not, is told in words'({ browser, server }) {
    const visitor = await browser.open(server, { language: 'en' })
    const { page } = visitor
    await visitor.signIn('admin', '/admin?tab=roles')
    await page.getByLabel('Person', { exact: true }).selectOption({ label: 'Jing Li' })
    await page.getByLabel('What', { exact: true }).selectOption({ label: 'Customers · Release customers' })
    const answer = page.getByRole('region', { name: 'Who may do what' })
    await answer.getByText('Jing Li may release customers').waitFor()
    await answer.getByText('of the team').waitFor()
    await page.getByLabel('What', { exact: true }).selectOption({ label: 'People · Manage API keys' })
    await answer.getByText('Jing Li may not manage API keys').waitFor()
    await answer.getByText('Roles with it: Administrator.').waitFor()
    await visitor.check('why not')
    await page.reload()
    await answer.getByText('Jing Li may not manage API keys').waitFor()
    await visitor.close()
  },

  async 'a key is made for a new service user, shown once, works, and is revoked'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    const dialog = page.getByRole('dialog')
    await visitor.signIn('admin', '/admin?tab=keys')
    await page.getByText('没有 API 密钥').waitFor()
    await visitor.check('no keys')
    await page.getByRole('button', { name: '新密钥' }).click()
    await dialog.getByLabel('用途').fill('每晚报表')
    await dialog.getByLabel('账号名称').fill('报表平台')
    await dialog.getByLabel(/^账号邮箱/).fill('bi@tidepool.example')
    await dialog.getByLabel('数据分析').check()
    await dialog.getByLabel(/^只允许这些网络/).fill('the cellar')
    await dialog.getByRole('button', { name: '新建' }).click()
    await dialog.locator('.error').first().waitFor()
    await visitor.check('a wrong network')
    await dialog.getByLabel(/^只允许这些网络/).fill('127.0.0.0/8')
    await dialog.getByRole('button', { name: '新建' }).click()
    const shown = page.getByRole('dialog', { name: '密钥只显示这一次' })
    const key = await shown.getByRole('textbox').inputValue()
    await visitor.check('a key')
    await page.keyboard.press('Escape')
    await shown.getByRole('button', { name: '已保存好' }).click()
    const machine = new Api(server.url)
    machine.token = key
    equal((await machine.ask('{ viewer { name } }')).viewer.name, '报表平台', 'who the key is')
    const line = page.getByRole('row').filter({ hasText: '每晚报表' })
    await line.getByText('127.0.0.0/8').waitFor()
    if ((await page.content()).includes(key)) fail('the key is still in the page')
    await page.getByRole('button', { name: '吊销密钥 每晚报表' }).click()
    await visitor.check('the question before a key is revoked')
    await dialog.getByRole('button', { name: '吊销' }).click()
    await page.getByText('没有 API 密钥').waitFor()
    await page.getByLabel('有效的').selectOption({ label: '含已吊销' })
    await line.getByText('已吊销').waitFor()
    // The service user is known by its revoked key.
    await page.getByRole('button', { name: '新密钥' }).click()
    await dialog.getByLabel('服务账号').selectOption({ label: '报表平台' })
    await dialog.getByLabel('用途').fill('每周报表')
    await dialog.getByRole('button', { name: '新建' }).click()
    await shown.getByRole('button', { name: '已保存好' }).click()
    const weekly = page.getByRole('row').filter({ hasText: '每周报表' })
    await weekly.getByText('账号的全部角色').waitFor()
    await visitor.close()
  },

  async 'the audit log is filtered in the address, told in words, and downloaded'({ browser, server }) {
    const admin = await Api.as(server.url, 'admin')
    const save = (number) =>
      admin.ask(
        'mutation($number: Int!) { updateSettings(input: {maxRevealsPerDay: $number}) { userErrors { message } } }',
        { number },
      )
    await save(77)
    await save(100)
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('admin', '/admin?tab=audit')
    await page.getByLabel('类别').selectOption({ label: '设置与规则' })
    await page.waitForURL('**/admin?tab=audit&topic=settings')
    await page.getByText('每人每天最多查看联系方式：77 → 100').waitFor()
    await page.getByLabel('事件').selectOption({ label: '修改设置' })
    await page.getByLabel('人员').selectOption({ label: 'Ada Admin' })
    const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date())
    await page.getByLabel('从', { exact: true }).fill(day)
    await page.waitForURL(/from=/)
    await page.getByText('每人每天最多查看联系方式：77 → 100').waitFor()
    await visitor.check('the log')
    const address = page.url()
    await page.reload()
    await visitor.ready()
    equal(page.url(), address, 'the address after a reload')
    await page.getByText('每人每天最多查看联系方式：77 → 100').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: '下载 CSV' }).click(),
    ])
    if (!readFileSync(await download.path(), 'utf8').includes('SETTINGS_CHANGED')) fail('the file has no settings')
    await page.getByLabel('类别').selectOption({ label: '客户资料' })
    await page.getByLabel('从', { exact: true }).fill('2031-01-01')
    await page.getByText('没有符合条件的记录').waitFor()
    await visitor.check('an empty log')
    await page.getByRole('button', { name: '清除筛选' }).last().click()
    await page.getByRole('row').nth(2).waitFor()
    await visitor.close()
  },

  async 'a webhook is created, tested, paused, gets a new secret, sends again and is deleted'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    const dialog = page.getByRole('dialog')
    await visitor.signIn('admin', '/admin?tab=webhook')
    await page.getByText('还没有 Webhook').waitFor()
    await visitor.check('no webhooks')
    await page.getByRole('button', { name: '新建 Webhook' }).click()
    await dialog.getByLabel('名称').fill('ERP')
    await dialog.getByRole('textbox', { name: '地址' }).fill('https://10.0.0.1/hook')
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.locator('.error').first().waitFor()
    await visitor.check('a refused address')
    await dialog.getByRole('textbox', { name: '地址' }).fill('https://hooks.tidepool.example/in')
    await dialog.getByLabel('客户归属').check()
    await dialog.getByLabel('订单进展').check()
    await dialog.getByRole('button', { name: '保存' }).click()
    const secret = await dialog.getByLabel('密钥只显示这一次').last().inputValue()
    if (!/^whsec_[A-Za-z0-9+/]{43}=$/.test(secret)) fail(`the secret is ${secret}`)
    await visitor.check('a secret')
    await dialog.getByRole('button', { name: '已保存好' }).click()
    const card = page.getByRole('region', { name: 'ERP' })
    await card.getByText('正常').waitFor()
    await card.getByText('客户归属').waitFor()
    if ((await page.content()).includes(secret)) fail('the secret is still in the page')
    await visitor.check('a webhook')
    const choose = async (name) => {
      await card.getByRole('button', { name: 'ERP 的操作' }).click()
      await page.getByRole('menuitem', { name }).click()
    }
    // The address does not exist.
    await choose('发送测试')
    await page.getByText('测试失败').waitFor()
    await choose('暂停')
    await card.getByText('已暂停').waitFor()
    await choose('继续推送')
    await card.getByText('正常').waitFor()
    await choose('更换密钥…')
    await dialog.getByRole('button', { name: '更换' }).click()
    const another = await dialog.getByLabel('密钥只显示这一次').last().inputValue()
    if (another === secret) fail('the secret is the same')
    await dialog.getByRole('button', { name: '已保存好' }).click()
    await card.getByText('前旧密钥也有效').waitFor()
    await choose('重新推送…')
    await visitor.check('sending again')
    await dialog.getByRole('button', { name: '重新推送' }).click()
    await dialog.waitFor({ state: 'detached' })
    await choose('修改…')
    await dialog.getByLabel('名称').fill('ERP 二')
    await dialog.getByRole('button', { name: '保存' }).click()
    await page.getByRole('region', { name: 'ERP 二' }).waitFor()
    await page.getByRole('button', { name: 'ERP 二 的操作' }).click()
    await page.getByRole('menuitem', { name: '删除…' }).click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('还没有 Webhook').waitFor()
    await visitor.close()
  },

  async 'a group gets a webhook on a phone'({ browser, server }) {
    const visitor = await browser.open(server, { phone: true, language: 'en' })
    const { page } = visitor
    const dialog = page.getByRole('dialog')
    await visitor.signIn('admin', '/admin?tab=webhook')
    await page.getByRole('button', { name: 'New webhook' }).click()
    await dialog.getByLabel('Name').fill('Sales group')
    await dialog.getByLabel('Send to').selectOption('DINGTALK')
    await dialog.getByRole('textbox', { name: 'URL' }).fill('https://robot.tidepool.example/send?access_token=x')
    await dialog.getByLabel('Secret').fill('SECabc')
    await dialog.getByLabel('Approvals').check()
    await visitor.check('a robot of a group')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('A group in DingTalk').waitFor()
    await dialog.waitFor({ state: 'detached' })
    await visitor.check('the webhook of a group')
    await page.getByRole('button', { name: 'Actions for Sales group' }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No webhooks yet').waitFor()
    await visitor.close()
  },

  async 'a product is entered, changed, archived and found again'({ browser, server }) {
    const visitor = await browser.open(server, { phone: true, language: 'en' })
    const { page } = visitor
    const dialog = page.getByRole('dialog')
    await visitor.signIn('admin', '/admin?tab=products')
    await page.getByRole('button', { name: 'New product' }).click()
    await dialog.getByLabel('Name').fill('Tide gauge')
    await dialog.getByLabel('SKU').fill('NET-040')
    await dialog.getByLabel('Price of one').fill('1200')
    await dialog.getByLabel('Unit').fill('piece')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.locator('.error').first().waitFor()
    await visitor.check('a taken SKU')
    await dialog.getByLabel('SKU').fill('TIDE-1')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('searchbox').fill('TIDE-1')
    await page.waitForURL(/q=TIDE-1/)
    await page.getByRole('button', { name: 'Edit Tide gauge' }).click()
    await dialog.getByLabel('Price of one').fill('1300')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('CN¥1,300').waitFor()
    await page.getByRole('button', { name: 'Actions for Tide gauge' }).click()
    await page.getByRole('menuitem', { name: 'Archive' }).click()
    await page.getByText('No product matches').waitFor()
    await page.getByLabel('Not archived').selectOption({ label: 'Archived' })
    await page.getByText('Tide gauge').waitFor()
    await visitor.close()
  },

  async 'a part of the settings that cannot be read says so, and is read again'({ browser, server }) {
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('admin', '/admin')
    const names = ['角色权限', 'API 密钥', '审计日志', 'Webhook', '定时任务', '工作日历', '选项', '设置']
    const part = (name) =>
      page.getByRole('navigation', { name: '管理的各部分' }).getByRole('link', { name, exact: true })
    // The scripts of the parts are there already.
    for (const name of names) {
      await part(name).click()
      await visitor.ready()
    }
    visitor.isServerAway = true
    await page.route('**/graphql', (route) => route.abort('connectionreset'))
    for (const name of ['角色权限', 'Webhook', '定时任务', '工作日历', '选项', '设置']) {
      await part(name).click()
      await page.getByText('加载失败').waitFor()
      await visitor.check(`${name} without a connection`)
    }
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: '重试' }).click()
    await page.getByLabel('每人每天最多领取').waitFor()
    await visitor.close()
  },

  async 'who may read the log alone sees nothing else of the settings'({ browser, server }) {
    const admin = await Api.as(server.url, 'admin')
    await admin.ask(
      'mutation { saveRole(input: {name: "auditor", titleEn: "Auditor", titleZh: "审计"}) { done } grantPermission(input: {role: "auditor", resource: "audit", action: "read", scope: "all"}) { done } }',
    )
    const { users } = await admin.ask('{ users(first: 100) { edges { node { id email roles } } } }')
    const analyst = users.edges.find(({ node }) => node.email === 'analyst@tidepool.example').node
    const give = (roles) =>
      admin.ask(
        'mutation($id: ID!, $roles: [String!]!) { setRoles(input: {userId: $id, roles: $roles}) { userErrors { message } } }',
        { id: analyst.id, roles },
      )
    await give([...analyst.roles, 'auditor'])
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('analyst', '/admin')
    await page.getByRole('row').nth(1).waitFor()
    const parts = page.getByRole('navigation', { name: '管理的各部分' }).getByRole('link')
    equal(await parts.allInnerTexts(), ['审计日志'], 'parts')
    await visitor.check('the log of an auditor')
    await visitor.close()
    await give(analyst.roles)
  },
}
