'use strict'
// Acts as WeChat: pushes messages to a service and decrypts its answers with independent
// implementations. Reads one JSON command per line and writes one answer per command:
//
//   {library, form, url, token, key, appid, path, fields, changes?} → {status, body, opened?}
//
// library: "wechat-crypto" or "@wecom/crypto". form: "json" or "xml". fields: of the message.
// changes: parts of the push to be replaced after its encryption (encrypt, timestamp, nonce, …).
// opened: the answer decrypted, when it was encrypted; its signature and appid must be right.

const readline = require('readline')
const WXBizMsgCrypt = require('wechat-crypto')
const wecom = require('@wecom/crypto')

const SEALS = {
  'wechat-crypto': ({ token, key, appid }) => {
    const crypt = new WXBizMsgCrypt(token, key, appid)
    return {
      sign: (timestamp, nonce, encrypted) => crypt.getSignature(timestamp, nonce, encrypted),
      encrypt: (message) => crypt.encrypt(message),
      decrypt: (encrypted) => crypt.decrypt(encrypted)
    }
  },
  '@wecom/crypto': ({ token, key, appid }) => ({
    sign: (timestamp, nonce, encrypted) => wecom.getSignature(token, timestamp, nonce, encrypted),
    encrypt: (message) => wecom.encrypt(key, message, appid),
    decrypt: (encrypted) => wecom.decrypt(key, encrypted)
  })
}

const FORMS = {
  json: {
    mediaType: 'application/json',
    write: (fields) => JSON.stringify(fields),
    read: (text) => JSON.parse(text)
  },
  xml: {
    mediaType: 'text/xml',
    write: (fields) => {
      const elements = Object.entries(fields).map(([name, value]) =>
        typeof value === 'number'
          ? `<${name}>${value}</${name}>`
          : `<${name}><![CDATA[${value}]]></${name}>`)
      return `<xml>\n${elements.join('\n')}\n</xml>`
    },
    read: (text) => {
      const fields = {}
      const element = /<(\w+)>(?:<!\[CDATA\[([^]*?)\]\]>|(\d+))<\/\1>/g
      for (const [, name, section, number] of text.matchAll(element)) fields[name] = section ?? number
      return fields
    }
  }
}

async function push ({ library, form: formName, url, token, key, appid, path, fields, changes }) {
  const form = FORMS[formName]
  const seal = SEALS[library]({ token, key, appid })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const nonce = String(Math.floor(Math.random() * 1e10))
  const encrypt = seal.encrypt(form.write(fields))
  const parts = {
    // WeChat sends both signatures; this one covers no ciphertext.
    signature: wecom.getSignature(token, timestamp, nonce, ''),
    timestamp,
    nonce,
    openid: fields.FromUserName,
    encrypt_type: 'aes',
    msg_signature: seal.sign(timestamp, nonce, encrypt),
    encrypt,
    ...changes
  }
  const { encrypt: sent, ...query } = parts
  const response = await fetch(`${url}${path}?${new URLSearchParams(query)}`, {
    method: 'POST',
    headers: { 'Content-Type': form.mediaType },
    body: form.write({ ToUserName: fields.ToUserName, Encrypt: sent })
  })
  const body = await response.text()
  const answer = { status: response.status, body }
  if (response.ok && body !== 'success') answer.opened = open(form, seal, appid, body)
  return answer
}

function open (form, seal, appid, body) {
  const { Encrypt, MsgSignature, TimeStamp, Nonce } = form.read(body)
  if (seal.sign(String(TimeStamp), String(Nonce), Encrypt) !== MsgSignature) {
    throw new Error('the signature of the answer is wrong')
  }
  const { message, id } = seal.decrypt(Encrypt)
  if (id !== appid) throw new Error('the answer is for another appid')
  return form.read(message)
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  push(JSON.parse(line)).then(
    (answer) => console.log(JSON.stringify(answer)),
    (error) => console.log(JSON.stringify({ failed: String(error.stack) }))
  )
})
