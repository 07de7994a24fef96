import type { RolesQuery } from '@/gql'
import { language } from '@/i18n'

export type Role = RolesQuery['roles'][number]

/** The title of a role in the language of the page; its name where there is no such role. */
export function titleOf(role: { titleZh: string; titleEn: string } | undefined, name = ''): string {
  return role ? (language.value === 'zh' ? role.titleZh : role.titleEn) : name
}
