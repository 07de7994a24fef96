import type { Client } from 'graphql-ws'
import { computed, onScopeDispose, ref } from 'vue'
import type { TypedDocumentString } from '@/gql'
import { language } from '@/i18n'
import { isReachable, renew, session } from './client'

const isOpen = ref(false)
/** How many sockets were acknowledged so far. */
let acknowledged = 0
const isBroken = ref(false)

/** What the dot in the bar says. */
export const connection = computed<'live' | 'connecting' | 'offline'>(() => {
  if (!isReachable.value) return 'offline'
  if (isOpen.value) return 'live'
  return isBroken.value ? 'offline' : 'connecting'
})

/** When the page last knew that it was up to date. */
export const lastLive = ref(Date.now())

let client: Client | undefined

/** The one socket of the tab. Who signs in need not load what speaks on it. */
async function socket(): Promise<Client> {
  const { createClient } = await import('graphql-ws')
  client ??= createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    lazy: true,
    lazyCloseTimeout: 2000,
    keepAlive: 10_000,
    // A subscription goes on behind its last cursor, which only its reader knows.
    retryAttempts: 0,
    connectionParams: () => ({ acceptLanguage: language.value }),
    on: {
      connected: () => {
        acknowledged += 1
        refusedSockets = 0
        isOpen.value = true
        isBroken.value = false
      },
      closed: () => {
        if (isOpen.value) lastLive.value = Date.now()
        isOpen.value = false
      },
    },
  })
  return client
}

/** How often a socket was refused although the server answers: some proxies let none through. */
let refusedSockets = 0
const MOST_REFUSALS = 3

const isServed = () =>
  fetch('/healthz').then(
    (response) => response.ok,
    () => false,
  )

/** The same as a stream of events over HTTP, for where no socket gets through; it ends when the server ends it. */
async function readEvents<R>(
  body: string,
  take: (answer: { data?: R | null; errors?: unknown }) => void,
  signal: AbortSignal,
): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', 'accept-language': language.value }
  const response = await fetch('/graphql', { method: 'POST', headers, body, signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  isOpen.value = true
  isBroken.value = false
  try {
    for (let rest = ''; ; ) {
      const { done, value } = await reader.read()
      if (done) return
      const events = (rest + value).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data:'))
        if (data && event.includes('event: next')) take(JSON.parse(data.slice(5)))
      }
    }
  } finally {
    lastLive.value = Date.now()
    isOpen.value = false
  }
}

/** Ends the socket, so that the next one belongs to who is signed in then. */
export function endSocket(): void {
  client?.terminate()
  void client?.dispose()
  client = undefined
}

/** Waits, but not after the network comes back or the page is looked at again. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      document.removeEventListener('visibilitychange', seen)
      resolve()
    }
    const seen = () => {
      if (!document.hidden) done()
    }
    const timer = setTimeout(done, milliseconds)
    window.addEventListener('online', done)
    document.addEventListener('visibilitychange', seen)
  })
}

interface Following<R, V> {
  document: TypedDocumentString<R, V>
  variables: (after: string | null) => V
  /** Takes an event and says its cursor. */
  next: (data: R) => string
  /** Reads the list anew and says where to go on. */
  refresh: () => Promise<string | null>
}

/** Follows a subscription for as long as the component lives: behind its cursor after each break. */
export function follow<R, V>(
  from: string | null,
  { document: text, variables, next, refresh }: Following<R, V>,
): () => void {
  let isWanted = true
  let after = from
  let stop: (() => void) | undefined

  const take = (data: R) => {
    after = next(data) || after
  }

  /** One run over a socket; what ended it. */
  const runOnSocket = async () => {
    const opened = await socket()
    return new Promise<unknown>((resolve) => {
      if (!isWanted) return resolve(undefined)
      stop = opened.subscribe<R>(
        { query: text.toString(), variables: variables(after) as Record<string, unknown> },
        {
          next: ({ data, errors }) => {
            if (data) take(data)
            else if (errors) resolve(errors)
          },
          error: resolve,
          complete: () => resolve(undefined),
        },
      )
    })
  }

  const runOnHttp = async () => {
    const abort = new AbortController()
    stop = () => abort.abort()
    let refused: unknown
    const body = JSON.stringify({ query: text.toString(), variables: variables(after) })
    await readEvents<R>(
      body,
      ({ data, errors }) => {
        if (data) take(data)
        else refused = errors
      },
      abort.signal,
    )
    return refused
  }

  void (async () => {
    for (let failed = 0; isWanted; ) {
      const began = Date.now()
      const run = refusedSockets < MOST_REFUSALS ? runOnSocket : runOnHttp
      const wasAcknowledged = acknowledged
      const end = await run().catch((error: unknown) => error)
      if (!isWanted) return
      const code = (end as { extensions?: { code?: string } }[] | undefined)?.[0]?.extensions?.code
      const close = (end as CloseEvent | undefined)?.code
      failed = Date.now() - began > 5000 ? 0 : failed + 1
      if (run === runOnSocket && end instanceof CloseEvent && acknowledged === wasAcknowledged && (await isServed()))
        refusedSockets += 1
      if (failed > 2) isBroken.value = true
      try {
        if (code === 'CURSOR_EXPIRED') after = await refresh()
        if (code === 'UNAUTHENTICATED' || close === 4403 || close === 4401) {
          endSocket()
          if (!(await renew()) && session.value === 'in') session.value = 'expired'
        }
        while (session.value === 'expired') await pause(1000)
        if (session.value === 'out') return
      } catch {
        // The next try says it again.
      }
      await pause(Math.min(5000, 200 * 2 ** Math.min(failed, 5)) * (0.75 + Math.random() / 2))
    }
  })()

  const end = () => {
    isWanted = false
    stop?.()
  }
  onScopeDispose(end, true)
  return end
}

/** Takes events together, a frame at a time: a thousand at once are one change of the page. */
export function byFrame<T>(take: (all: T[]) => void): (one: T) => void {
  let pending: T[] = []
  return (one) => {
    pending.push(one)
    if (pending.length > 1) return
    const flush = () => {
      const all = pending
      pending = []
      take(all)
    }
    // A page in the background has no frames.
    if (document.hidden) setTimeout(flush, 50)
    else requestAnimationFrame(flush)
  }
}
