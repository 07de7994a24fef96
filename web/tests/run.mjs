// Runs the scenarios: node tests/run.mjs PATH-OF-THE-PROGRAM [PART-OF-A-NAME …]
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { administration } from './administration.mjs'
import { deals } from './deals.mjs'
import { figures } from './figures.mjs'
import { firstDay } from './first-day.mjs'
import { Browser, Server } from './harness.mjs'
import { money } from './money.mjs'
import { scenarios } from './scenarios.mjs'
import { work } from './work.mjs'

const [binary, ...only] = process.argv.slice(2)
const server = new Server(binary)
await server.start()
const browser = await Browser.start()
const failures = []
for (const [name, scenario] of Object.entries({
  ...scenarios,
  ...administration,
  ...deals,
  ...figures,
  ...firstDay,
  ...work,
  ...money,
})) {
  if (only.length > 0 && !only.some((part) => name.includes(part))) continue
  const began = Date.now()
  try {
    await scenario({ browser, server })
    console.log(`ok: ${name} (${Date.now() - began} ms)`)
  } catch (error) {
    failures.push(`failed: ${name}\n${error.stack}`)
    console.log(failures.at(-1))
    const pages = browser.chromium.contexts().flatMap((context) => context.pages())
    for (const [index, page] of pages.entries()) {
      const path = join(tmpdir(), `tidepool-failed-${failures.length}-${index}.png`)
      await page.screenshot({ path }).then(
        () => console.log(`${page.url()} looked like ${path}`),
        () => undefined,
      )
    }
  }
  await Promise.all(browser.chromium.contexts().map((context) => context.close()))
}
await browser.close()
await server.remove()
// Once more at the end, where somebody who reads a long log looks first.
console.error(failures.join('\n'))
process.exit(failures.length > 0 ? 1 : 0)
