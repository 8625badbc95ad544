import type { FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'

/** A part of a form, in the order in which they come. The content of a file is to be read before the next part. */
export type UploadPart =
  | { kind: 'field'; name: string; value: string }
  | {
      kind: 'file'
      name: string
      content: AsyncIterable<Buffer>
      /** Whether the file had more bytes than are taken; known once the content has been read. */
      truncated(): boolean
    }

/** The parts of a request's form, each with a limit. Nothing is held in memory but small fields. */
export async function* uploadParts(
  request: FastifyRequest,
  maxFileBytes: number,
): AsyncGenerator<UploadPart, void> {
  if (!request.isMultipart()) {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'Send the form as multipart/form-data.')
  }
  const limits = {
    fileSize: maxFileBytes,
    files: 1,
    fields: 10,
    fieldSize: 1024,
    fieldNameSize: 100,
    parts: 11,
    headerPairs: 20,
  }
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'file') {
        const { file, fieldname: name } = part
        yield { kind: 'file', name, content: contentOf(file), truncated: () => file.truncated }
      } else {
        yield { kind: 'field', name: part.fieldname, value: String(part.value) }
      }
    }
  } catch (error) {
    throw unreadable(error)
  }
}

/** A file that breaks off is the sender's doing, as a form that does. */
async function* contentOf(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield* file
  } catch (error) {
    throw unreadable(error)
  }
}

/** For routes that take no form. */
export async function* noParts(): AsyncGenerator<UploadPart, void> {
  // none
}

function unreadable(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error
  const message = `The form cannot be read: ${error.message}`
  return new Problem('BAD_REQUEST', message, [{ field: 'body', message: error.message }])
}
