import type { RolesQuery } from '@/gql'
import { language } from '@/i18n'
import { listed } from '@/i18n/format'
import { word } from '@/i18n/words'

export type Role = RolesQuery['roles'][number]

/** The title of a role in the language of the page; where it is not known, the word for it, or its name. */
export function titleOf(name: string, roles: readonly Pick<Role, 'name' | 'titleZh' | 'titleEn'>[]): string {
  const found = roles.find((one) => one.name === name)
  return found ? (language.value === 'zh' ? found.titleZh : found.titleEn) : word('role', name as 'sales')
}

export const titlesOf = (names: readonly string[], roles: readonly Role[]): string =>
  listed(names.map((name) => titleOf(name, roles)))
