import { ref } from 'vue'
import { learn } from '@/clock'
import { RenewDocument, type TypedDocumentString } from '@/gql'
import { language } from '@/i18n'

/** An error of the client program, the session or the server: decide by its code. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly extensions: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

/** No answer came. */
export class NoConnection extends Error {}

interface Answer<R> {
  data?: R | null
  errors?: { message: string; extensions?: { code?: string } & Record<string, unknown> }[]
}

/** Whether this browser is signed in: `expired` asks for the password on the page as it is. */
export const session = ref<'unknown' | 'in' | 'out' | 'expired'>('unknown')
/** Whether the last request got an answer. */
export const isReachable = ref(true)

const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
const waiting = new Set<() => void>()

/** The requests that wait for a new sign-in go on. */
export function signedIn(): void {
  session.value = 'in'
  planRenewal(13 * 60_000)
  for (const resume of waiting) resume()
  waiting.clear()
}

async function post<R>(body: string): Promise<Answer<R>> {
  let response: Response
  try {
    response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'accept-language': language.value },
      body,
    })
  } catch {
    isReachable.value = false
    throw new NoConnection()
  }
  isReachable.value = response.status < 502
  learn(response.headers.get('date'))
  if (!isReachable.value) throw new NoConnection()
  return (await response.json()) as Answer<R>
}

/** Sends a document. A request that gets no answer is sent again: repeating is safe, creating has an `idempotencyKey`. */
async function send<R>(body: string, tries = 3): Promise<Answer<R>> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await post<R>(body)
    } catch (error) {
      if (tried >= tries || !navigator.onLine) throw error
      await wait(300 * 3 ** (tried - 1))
    }
  }
}

let renewing: Promise<boolean> | undefined
let renewal: ReturnType<typeof setTimeout> | undefined

function planRenewal(milliseconds: number): void {
  clearTimeout(renewal)
  renewal = setTimeout(() => void renew(), milliseconds)
}

/** Renews the session; one tab does it for all where the browser has locks. */
export function renew(): Promise<boolean> {
  const ask = async () => {
    const { data } = await send<{ refreshSession: { expiresAt: string | null; userErrors: { code: string }[] } }>(
      JSON.stringify({ query: String(RenewDocument) }),
    )
    const isRenewed = data?.refreshSession.userErrors.length === 0
    if (isRenewed) {
      const expiresAt = data?.refreshSession.expiresAt
      planRenewal(expiresAt ? Math.max(30_000, Date.parse(expiresAt) - Date.now() - 60_000) : 13 * 60_000)
    }
    return isRenewed
  }
  if (renewing) return renewing
  const locked = async (): Promise<boolean> =>
    'locks' in navigator ? await navigator.locks.request('tidepool-renewal', ask) : await ask()
  const mine = locked().finally(() => {
    renewing = undefined
  })
  renewing = mine
  return mine
}

type Document<R, V> = TypedDocumentString<R, V>

/** What `V` asks for; nothing where it asks for nothing. */
export type Given<V> = V extends Record<string, never> ? [variables?: V] : [variables: V]

/** Asks the server. The data comes whole, or an error is thrown. */
export async function ask<R, V>(document: Document<R, V>, ...[variables]: Given<V>): Promise<R> {
  const body = JSON.stringify({ query: document.toString(), variables: variables ?? {} })
  for (let tried = 0; ; tried += 1) {
    const { data, errors } = await send<R>(body)
    const error = errors?.[0]
    if (!error && data) return data
    const code = error?.extensions?.code ?? 'INTERNAL'
    if (code !== 'UNAUTHENTICATED') throw new ApiError(code, error?.message ?? '', error?.extensions)
    if (tried === 0 && (await renew())) continue
    if (session.value !== 'in' && session.value !== 'expired') throw new ApiError(code, error?.message ?? '')
    // What is typed stays: the page asks for the password, then goes on.
    session.value = 'expired'
    await new Promise<void>((resume) => waiting.add(resume))
  }
}

/** Asks for what everybody may know, and changes a sign-in: no session is needed or renewed. */
export async function askOpen<R, V>(document: Document<R, V>, ...[variables]: Given<V>): Promise<R> {
  const { data, errors } = await send<R>(JSON.stringify({ query: document.toString(), variables: variables ?? {} }))
  if (data) return data
  throw new ApiError(errors?.[0]?.extensions?.code ?? 'INTERNAL', errors?.[0]?.message ?? '')
}

/** Sends a file. `fetch` does not tell how much of it is sent. */
export function upload<R, V>(
  document: Document<R, V>,
  variables: V,
  file: File,
  path: string,
  sent: (share: number) => void,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const form = new FormData()
    form.append('operations', JSON.stringify({ query: document.toString(), variables }))
    form.append('map', JSON.stringify({ 0: [path] }))
    form.append('0', file)
    const request = new XMLHttpRequest()
    request.open('POST', '/graphql')
    request.setRequestHeader('accept', 'application/json')
    request.setRequestHeader('accept-language', language.value)
    request.upload.onprogress = (event) => sent(event.loaded / event.total)
    request.onerror = () => reject(new NoConnection())
    request.onload = () => {
      try {
        const { data, errors } = JSON.parse(request.responseText) as Answer<R>
        if (data) resolve(data)
        else reject(new ApiError(errors?.[0]?.extensions?.code ?? 'INTERNAL', errors?.[0]?.message ?? ''))
      } catch {
        reject(new NoConnection())
      }
    }
    request.send(form)
  })
}

/** A key by which the server knows a creation again. `crypto.randomUUID` does not exist on plain http. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
