import { upload } from '@/api/client'
import {
  type ImportColumnInput,
  type ImportHeadFragment,
  type ImportKind,
  UploadDocument,
  type UploadMutation,
  UploadRecordsDocument,
  type UploadRecordsMutation,
} from '@/gql'
import type { Refusal } from '@/ui/refusals'
import type { ColumnRow } from './kinds'

/** How a file is to be read. */
export interface Request {
  kind: ImportKind
  source: string | null
  protectFor: string | null
  skipWrongValues: boolean
  columns: ImportColumnInput[]
}

/** The files of this visit, so that one whose columns are told anew need not be chosen again. */
const kept = new Map<string, { file: File; request: Request }>()

/** A file that is to be sent again, with other columns. */
interface Draft {
  name: string
  columns: ColumnRow[]
  file?: File
  request?: Request
}
let draft: Draft | undefined
export function sendAgain({ id, fileName }: ImportHeadFragment, columns: ColumnRow[]): void {
  draft = { name: fileName, columns, ...kept.get(id) }
}
export function takeDraft(): Draft | undefined {
  const taken = draft
  draft = undefined
  return taken
}

interface Payload {
  import: ImportHeadFragment | null
  userErrors: readonly Refusal[]
}

/** Sends a file, of which every row is checked and nothing is written. */
export async function send(file: File, request: Request, sent: (share: number) => void): Promise<Payload> {
  const { kind, source, protectFor, ...common } = request
  const path = 'variables.input.file'
  const of = <I>(input: I) => ({ input: { ...input, file: null, dryRun: true } })
  const payload: Payload =
    kind === 'CUSTOMERS'
      ? (
          await upload<UploadMutation, unknown>(
            UploadDocument as never,
            of({ ...common, source, protectFor }),
            file,
            path,
            sent,
          )
        ).importCustomers
      : (
          await upload<UploadRecordsMutation, unknown>(
            UploadRecordsDocument as never,
            of({ ...common, kind }),
            file,
            path,
            sent,
          )
        ).importRecords
  if (payload.import && payload.userErrors.length === 0) kept.set(payload.import.id, { file, request })
  return payload
}
