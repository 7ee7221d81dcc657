// Files in WeChat: uni.uploadFile and uni.downloadFile, which take and give paths of the phone.
import { address, failed, LONG_TIMEOUT, opened, type Headers, type Picture } from '../transport'

/** Return the value of the JSON that `read` returns, null without one. */
function parsed(read: () => unknown): unknown {
  try {
    return JSON.parse(read() as string)
  } catch {
    return null
  }
}

/** Send a multipart form and return the answer's data. Raises Refusal. */
export async function upload(
  path: string,
  pictures: Record<string, Picture>,
  fields: Record<string, string>,
  headers: Headers,
): Promise<unknown> {
  const [name, picture] = Object.entries(pictures)[0]!
  const { statusCode, data } = await new Promise<UniApp.UploadFileSuccessCallbackResult>((resolve, reject) =>
    uni.uploadFile({
      url: address(path),
      name,
      filePath: picture.path,
      formData: fields,
      header: headers,
      timeout: LONG_TIMEOUT,
      success: resolve,
      fail: (error) => reject(failed(error)),
    }),
  )
  return opened(
    statusCode,
    parsed(() => data),
  )
}

/** Read a file. Raises Refusal. */
export async function fetchFile(path: string, headers: Headers): Promise<Picture> {
  const { statusCode, tempFilePath } = await new Promise<UniApp.DownloadSuccessData>((resolve, reject) =>
    uni.downloadFile({
      url: address(path),
      header: headers,
      timeout: LONG_TIMEOUT,
      success: resolve,
      fail: (error) => reject(failed(error)),
    }),
  )
  // The file holds the refusal.
  const body = () => uni.getFileSystemManager().readFileSync(tempFilePath, 'utf8')
  if (statusCode !== 200) opened(statusCode, parsed(body))
  return { path: tempFilePath }
}
