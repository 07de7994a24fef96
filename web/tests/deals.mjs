// Opportunities with several products, and what companies ask for.
import { owned } from './harness.mjs'

export const deals = {
  async 'an opportunity has several products, and its order begins with them'({ browser, server }) {
    const id = await owned(server, '西安多品有限公司')
    const visitor = await browser.open(server)
    const { page } = visitor
    await visitor.signIn('sales', `/customers/${id}`)
    const dialog = page.getByRole('dialog')
    const opportunities = page.getByRole('region', { name: '商机', exact: true })
    await opportunities.getByRole('button', { name: '新建' }).click()
    await dialog.getByRole('button', { name: '填写产品明细' }).click()
    const line = async (index, quantity, price) => {
      await dialog.getByRole('combobox', { name: '产品' }).nth(index).click()
      await dialog.locator('li[role=option]').nth(index).click()
      await dialog.getByLabel('数量').nth(index).fill(quantity)
      await dialog.getByLabel('单价').nth(index).fill(price)
    }
    await line(0, '2', '1000')
    await dialog.getByRole('button', { name: '再加一行' }).click()
    await line(1, '1', '500')
    await dialog.getByText('¥2,500').waitFor()
    await visitor.check('an opportunity with lines')
    await dialog.getByRole('button', { name: '保存' }).click()
    await opportunities.getByText('¥2,500').waitFor()
    await opportunities.getByText(/ × 2、.* × 1$/).waitFor()

    await opportunities.getByRole('button', { name: '修改' }).click()
    await dialog.getByLabel('预计金额').fill('2400')
    await dialog.getByRole('button', { name: '保存' }).click()
    await opportunities.getByText('¥2,400').waitFor()
    await visitor.check('an opportunity with lines in the panel')

    const orders = page.getByRole('region', { name: '订单', exact: true })
    await orders.getByRole('button', { name: '下单' }).click()
    await dialog.getByText('¥2,500').waitFor()
    await dialog.getByRole('button', { name: '下单' }).click()
    await orders.getByText('待付款').waitFor()
    await opportunities.getByText('赢单').waitFor()
    await visitor.close()
  },

  async 'marketing passes an enquiry on, and the owner reads it'({ browser, server }) {
    const name = '西安咨询有限公司'
    const id = await owned(server, name)
    const marketing = await browser.open(server)
    const { page } = marketing
    await marketing.signIn('marketing', '/customers')
    await page.getByRole('button', { name: '登记咨询' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: '提交' }).click()
    await dialog.locator('.error').first().waitFor()
    await marketing.check('a wrong enquiry')
    await dialog.getByLabel('公司名称').fill(name)
    await dialog.getByLabel('联系人').fill('王芳')
    await dialog.getByLabel('咨询内容').fill('想了解十台泵的价格')
    await dialog.getByRole('button', { name: '提交' }).click()
    await page.getByText('已转给该客户的负责人').waitFor()
    await marketing.close()

    const owner = await browser.open(server)
    await owner.signIn('sales', `/customers/${id}`)
    const enquiries = owner.page.getByRole('region', { name: '咨询', exact: true })
    await enquiries.getByText('想了解十台泵的价格').waitFor()
    await enquiries.getByText(/^王芳 · /).waitFor()
    await owner.check('a customer with an enquiry')
    await owner.close()
  },
}
