// The first day of a company, from an empty installation to money.
import { equal, PASSWORD, Server } from './harness.mjs'

export const firstDay = {
  async 'the first day: people, products, a list and a rule; a rep claims, calls, moves a deal and is paid twice'({
    browser,
    server: { binary },
  }) {
    const server = new Server(binary, { isEmpty: true })
    await server.start()
    try {
      const admin = await browser.open(server)
      const { page } = admin
      const dialog = page.getByRole('dialog')
      const steps = page.getByRole('region', { name: '开始使用 Tidepool' })
      const step = async (name) => {
        await admin.go('/admin')
        await steps.getByRole('link', { name: new RegExp(name) }).click()
      }
      await admin.signIn('admin')
      await steps.getByText('0 / 4 步完成').waitFor()
      await admin.check('the first steps')

      await step('邀请同事')
      await dialog.getByLabel('姓名').fill('李小雨')
      await dialog.getByLabel(/邮箱/).fill('xiaoyu@tidepool.example')
      await dialog.getByRole('button', { name: '开通' }).click()
      const link = await dialog.locator('input[readonly]').inputValue()
      await page.keyboard.press('Escape')
      await page.getByText('李小雨').first().waitFor()

      await step('录入产品')
      await page.getByText('还没有产品').waitFor()
      await admin.check('no products')
      await page.getByRole('button', { name: '新产品' }).first().click()
      await dialog.getByLabel('名称').fill('潮位仪')
      await dialog.getByLabel(/编码/).fill('TIDE-1')
      await dialog.getByLabel('单价').fill('3000')
      await dialog.getByLabel('单位').fill('台')
      await dialog.getByRole('button', { name: '保存' }).click()
      await page.getByText('潮位仪').waitFor()

      await step('导入客户名单')
      await page.getByLabel(/拖到这里/).setInputFiles({
        name: '客户.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(
          '公司名称,来源,联系人,电话\n厦门第一天有限公司,展会,王芳,13912345678\n泉州第一天有限公司,官网,李伟,13912345679\n',
        ),
      })
      await page.getByRole('button', { name: '读取并预检' }).click()
      await page.waitForURL('**/import/import_*')
      await admin.ready()
      await page.getByRole('button', { name: '执行导入' }).click()
      await dialog.getByRole('button', { name: '执行导入' }).click()
      await page.getByRole('button', { name: '撤销导入' }).waitFor()

      await step('定公海规则')
      await dialog.getByLabel('名称').fill('10 天未跟进')
      await dialog.getByRole('textbox', { name: '条件' }).fill('followup_days > 10')
      await dialog.getByText('现在符合条件：0 / 0 家').waitFor()
      await dialog.getByRole('button', { name: '保存' }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.getByText('10 天未跟进').waitFor()

      await admin.go('/admin')
      await steps.getByText('都完成了，可以开始用了。').waitFor()
      await admin.check('the first steps, done')
      await steps.getByRole('button', { name: '不再显示' }).click()
      await page.reload()
      await admin.ready()
      equal(await steps.count(), 0, 'first steps after they were closed')
      await admin.close()

      await rep(browser, server, link)
    } finally {
      await server.remove()
    }
  },
}

/** What the rep does, on a phone. */
async function rep(browser, server, link) {
  const visitor = await browser.open(server, { phone: true })
  const { page } = visitor
  const dialog = page.getByRole('dialog')
  await page.goto(link)
  await visitor.newPassword(PASSWORD)
  await page.locator('button').first().click()
  await page.getByText('密码已设置').waitFor()
  await visitor.signIn('xiaoyu', '/pool')
  await page.getByRole('button', { name: '领取 厦门第一天有限公司' }).click()
  await page.getByText('已领取 厦门第一天有限公司').waitFor()

  await visitor.go('/customers')
  await page.getByRole('link', { name: '厦门第一天有限公司' }).first().click()
  const deals = page.getByRole('region', { name: '商机', exact: true })
  await deals.getByRole('button', { name: '新建' }).click()
  await dialog.getByRole('combobox', { name: '意向产品' }).click()
  await dialog.getByRole('option', { name: /^潮位仪/ }).click()
  await dialog.getByLabel('预计金额').fill('6000')
  await dialog.getByRole('button', { name: '保存' }).click()
  await deals.getByText('¥6,000').waitFor()

  await page.getByRole('textbox', { name: /说了什么/ }).fill('王芳要两台，先付一半')
  await page.getByRole('button', { name: '电话', exact: true }).first().click()
  await page.getByRole('button', { name: '保存' }).click()
  await page.getByRole('region', { name: '动态' }).getByText('王芳要两台，先付一半').waitFor()
  await visitor.check('a customer after a call')

  await visitor.go('/pipeline')
  await page.getByRole('button', { name: '变更 厦门第一天有限公司 的商机阶段' }).click()
  await dialog.getByLabel('阶段').selectOption({ label: '方案报价' })
  await dialog.getByRole('button', { name: '变更' }).click()
  await dialog.waitFor({ state: 'detached' })

  await visitor.go('/customers')
  await page.getByRole('link', { name: '厦门第一天有限公司' }).first().click()
  await deals.getByText('方案报价').waitFor()
  const orders = page.getByRole('region', { name: '订单', exact: true })
  await orders.getByRole('button', { name: '下单' }).click()
  await dialog.getByRole('combobox', { name: '产品' }).click()
  await dialog.getByRole('option', { name: /^潮位仪/ }).click()
  await dialog.getByLabel('数量').fill('2')
  await dialog.getByText('¥6,000', { exact: true }).waitFor()
  await dialog.getByRole('button', { name: '下单' }).click()
  for (const amount of ['2500', '3500']) {
    await orders.getByText('待付款').waitFor()
    await orders.getByRole('button', { name: '收款' }).click()
    await dialog.getByLabel(/^收款金额/).fill(amount)
    await dialog.getByRole('button', { name: '收款' }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await orders.getByText('已付款').waitFor()
  await deals.getByText('赢单').waitFor()
  await visitor.check('a paid order')
  await orders.getByText('¥6,000').first().waitFor()
  await visitor.close()
}
