import { computed, ref, shallowRef } from 'vue'
import { ApiError, ask, session, signedIn } from '@/api/client'
import { follow } from '@/api/live'
import {
  type Action,
  type ChoiceKind,
  type NotificationLineFragment,
  NotificationsDocument,
  NotificationsLiveDocument,
  ReadNotificationsDocument,
  type Resource,
  type Scope,
  ShellDocument,
  type ShellQuery,
} from '@/gql'
import { named } from '@/i18n'
import { useZone } from '@/i18n/format'

/** Who is signed in, what they may do, and what there is to choose; read once for a visit. */
export const shell = shallowRef<ShellQuery>()
export const unread = ref(0)
export const notifications = shallowRef<NotificationLineFragment[]>([])
/** The notification that came last while the page was open. */
export const arrived = shallowRef<NotificationLineFragment>()

export const me = computed(() => shell.value?.viewer.user?.id ?? '')

/** Reads who is signed in. Says whether anybody is. */
export async function enter(): Promise<boolean> {
  try {
    take(await ask(ShellDocument))
    if (session.value !== 'in') signedIn()
    return true
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'UNAUTHENTICATED') throw error
    session.value = 'out'
    return false
  }
}

function take(read: ShellQuery): void {
  shell.value = read
  unread.value = read.viewer.unreadNotifications
  notifications.value = read.notifications.edges.map(({ node }) => node)
  useZone(read.settings?.businessTimeZone ?? 'Asia/Shanghai')
}

/** Forgets everything of who was signed in. */
export function leave(): void {
  shell.value = undefined
  notifications.value = []
  unread.value = 0
}

/** Follows what concerns the user, for as long as the caller lives. */
export function followNotifications(): void {
  const refresh = async () => {
    const read = await ask(NotificationsDocument)
    unread.value = read.viewer.unreadNotifications
    notifications.value = read.notifications.edges.map(({ node }) => node)
    return read.notifications.eventCursor
  }
  follow(shell.value?.notifications.eventCursor ?? null, {
    document: NotificationsLiveDocument,
    variables: (after) => ({ after }),
    next: ({ notifications: event }) => {
      unread.value = event.unreadCount
      const line = event.notification
      if (line) {
        notifications.value = [line, ...notifications.value.filter(({ id }) => id !== line.id)].slice(0, 50)
        arrived.value = line
      }
      return event.cursor
    },
    refresh,
  })
}

export async function readAll(): Promise<void> {
  const { markNotificationsRead } = await ask(ReadNotificationsDocument, { ids: null })
  unread.value = markNotificationsRead.unreadCount ?? 0
  notifications.value = notifications.value.map((line) => ({ ...line, isRead: true }))
}

export function scopesOf(resource: Resource, action: Action): readonly Scope[] {
  const permissions = shell.value?.viewer.permissions ?? []
  return permissions.find((one) => one.resource === resource && one.action === action)?.scopes ?? []
}

/** Whether a role allows this, for one of these scopes where some are named. */
export function can(resource: Resource, action: Action, ...within: Scope[]): boolean {
  const scopes = scopesOf(resource, action)
  return within.length === 0 ? scopes.length > 0 : scopes.some((scope) => within.includes(scope))
}

export function choices(kind: ChoiceKind, current?: string | null): { value: string; label: string }[] {
  const all = shell.value?.choices ?? []
  const shown = all.filter((one) => one.kind === kind && (one.active || one.code === current))
  return shown.map((one) => ({ value: one.code, label: named(one) }))
}

/** The name of a choice; its code where names are not to be seen. */
export function choice(kind: ChoiceKind, code: string | null | undefined): string {
  if (!code) return ''
  const found = shell.value?.choices.find((one) => one.kind === kind && one.code === code)
  return found ? named(found) : code
}

export const stages = computed(() =>
  [...(shell.value?.opportunityStages ?? [])].sort((a, b) => a.position - b.position),
)

export function stage(code: string): string {
  const found = stages.value.find((one) => one.code === code)
  return found ? named(found) : code
}
