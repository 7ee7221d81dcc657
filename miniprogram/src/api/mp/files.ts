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

/** Read a file, or with a body the one that a POST makes. Raises Refusal. */
export async function fetchFile(path: string, headers: Headers, body?: object): Promise<Picture> {
  if (body) return madeFile(path, headers, body)
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
  const refused = () => uni.getFileSystemManager().readFileSync(tempFilePath, 'utf8')
  if (statusCode !== 200) opened(statusCode, parsed(refused))
  return { path: tempFilePath }
}

/** Downloads are GET alone: take the bytes of an answer and write them to a PDF of this phone. */
async function madeFile(path: string, headers: Headers, body: object): Promise<Picture> {
  const { statusCode, data } = await new Promise<UniApp.RequestSuccessCallbackResult>((resolve, reject) =>
    uni.request({
      url: address(path),
      method: 'POST',
      data: JSON.stringify(body),
      header: { ...headers, 'Content-Type': 'application/json' },
      responseType: 'arraybuffer',
      timeout: LONG_TIMEOUT,
      success: resolve,
      fail: (error) => reject(failed(error)),
    }),
  )
  const files = uni.getFileSystemManager()
  const file = { path: `${wx.env.USER_DATA_PATH}/made.${statusCode === 200 ? 'pdf' : 'json'}` }
  files.writeFileSync(file.path, data as ArrayBuffer)
  if (statusCode !== 200)
    opened(
      statusCode,
      parsed(() => files.readFileSync(file.path, 'utf8')),
    )
  return file
}
