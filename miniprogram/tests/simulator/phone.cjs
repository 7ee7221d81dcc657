// A phone for the built WeChat program: jsdom under miniprogram-simulate, and the `wx` that it calls.
const path = require('node:path')
const { JSDOM } = require('jsdom')

const BUILT = path.resolve(__dirname, '../../dist/build/mp-weixin')

const { window } = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true })
for (const name of [
  'window',
  'document',
  'Event',
  'CustomEvent',
  'Element',
  'Node',
  'HTMLElement',
  'Touch',
  'TouchEvent',
]) {
  global[name] = name === 'window' ? window : window[name]
}

// A running clock of the program must not keep the test process alive.
const { setInterval } = global
global.setInterval = (...parameters) => setInterval(...parameters).unref()

/** What the program asked of the outside, in order: {method, url, body, header}. */
const asked = []
/** [method, path, answer] of the service; the first that fits is taken and stays. */
let routes = []
/** Who processes the data: named wherever a consent is asked, so answered to every test. */
const OPERATOR = {
  name: '示例省登记机关',
  address: '示例路1号',
  phone: '010-00000000',
  data_protection_officer: '张主任，010-00000001',
  program_name: '登记注册身份验证',
  icp_number: '示例备案号',
  police_number: null,
  reads_cards: false,
}
const COMMON = [['GET', '/api/v1/operator', () => ok(OPERATOR)]]
const storage = new Map()
const opened = []
/** How WeChat's face checks end, one after the other: an errCode, or 0 for a passed one. */
const faces = []
/** Selectors of the fields that the page was to scroll to. */
const scrolls = []

/** What was drawn on the one canvas. */
const drawn = []
const pen = new Proxy(
  {},
  {
    get:
      (_, name) =>
      (...values) =>
        drawn.push([name, values]),
    set: () => true,
  },
)
const node = { getContext: () => pen }
const place = { left: 0, top: 0, width: 300, height: 150 }
const query = {
  in: () => query,
  select: () => query,
  fields: (_, done) => ((query.done = () => done({ node })), query),
  boundingClientRect: (done) => ((query.done = () => done(place)), query),
  exec: () => query.done(),
}

let pending = 0
/** A running service that answers in place of routes. */
let service = ''
/** Calls that the running service refused: {code, url}. */
const refused = []

async function forward({ method, url, body, header }) {
  const answer = await fetch(service + url, { method, headers: header, body: body && JSON.stringify(body) })
  const data = await answer.json()
  if (answer.status >= 400) refused.push({ code: data.code, url })
  return { statusCode: answer.status, data }
}

function reply(call, { success, fail }) {
  if (service) {
    asked.push(call)
    pending += 1
    forward(call)
      .then(success, (error) => fail({ errMsg: String(error) }))
      .finally(() => (pending -= 1))
    return
  }
  const found = [...routes, ...COMMON].find(([method, url]) => method === call.method && call.url.startsWith(url))
  const answer = found ? found[2](call) : { errMsg: `no route: ${call.method} ${call.url}` }
  asked.push(call)
  pending += 1
  setTimeout(() => {
    pending -= 1
    if ('statusCode' in answer) success(answer)
    else fail(answer)
  }, 0)
}

const called = {
  login: ({ success }) => success({ code: 'wx-somebody' }),
  request: (options) =>
    reply(
      {
        method: options.method,
        url: options.url,
        body: options.data === undefined ? undefined : JSON.parse(options.data),
        header: options.header,
      },
      options,
    ),
  uploadFile: (options) =>
    reply(
      {
        method: 'POST',
        url: options.url,
        body: { ...options.formData, [options.name]: options.filePath },
        header: options.header,
      },
      {
        fail: options.fail,
        success: (answer) => options.success({ ...answer, data: JSON.stringify(answer.data) }),
      },
    ),
  getStorageSync: (key) => storage.get(key) ?? '',
  setStorageSync: (key, value) => storage.set(key, JSON.parse(JSON.stringify(value))),
  removeStorageSync: (key) => storage.delete(key),
  getStorageInfoSync: () => ({ keys: [...storage.keys()] }),
  getAppBaseInfo: () => ({ fontSizeScaleFactor: 1, SDKVersion: '3.8.12', language: 'zh_CN', host: {} }),
  getSystemInfoSync: () => ({ platform: 'ios', SDKVersion: '3.8.12', language: 'zh_CN' }),
  getWindowInfo: () => ({ windowWidth: 390, windowHeight: 844, pixelRatio: 3 }),
  getDeviceInfo: () => ({ platform: 'ios' }),
  getLaunchOptionsSync: () => ({ path: 'pages/home/index', query: {}, scene: 1001 }),
  getEnterOptionsSync: () => ({ path: 'pages/home/index', query: {}, scene: 1001 }),
  getScreenBrightness: ({ success }) => success({ value: 0.5 }),
  setScreenBrightness: () => undefined,
  createSelectorQuery: () => query,
  setNavigationBarTitle: () => undefined,
  pageScrollTo: ({ selector }) => selector && scrolls.push(selector),
  onNetworkStatusChange: () => undefined,
  getUpdateManager: () => ({ onUpdateReady: () => undefined, applyUpdate: () => undefined }),
  requestFacialVerify: ({ verifyId, success, fail }) => {
    const errCode = faces.shift() ?? 0
    asked.push({ method: 'FACE', url: verifyId })
    if (errCode) fail({ errCode, errMsg: 'fail' })
    else success({ errCode })
  },
  navigateTo: ({ url }) => opened.push(url),
  redirectTo: ({ url }) => opened.push(url),
  reLaunch: ({ url }) => opened.push(url),
  navigateBack: () => opened.push('back'),
  chooseMedia: ({ success }) => success({ tempFiles: [{ tempFilePath: 'wxfile://tmp/picture.png', size: 4000 }] }),
}
const wx = new Proxy(called, {
  // What a test does not look at does nothing.
  get: (target, name) => target[name] ?? (target[name] = () => undefined),
  has: () => true,
})

let launched = null
Object.assign(global, {
  wx,
  App: (options) => (launched = options),
  getApp: () => launched,
  Page: () => undefined,
  getCurrentPages: () => [{}, {}],
  __wxConfig: {},
})
const exparser = require('miniprogram-exparser')
const simulate = require('miniprogram-simulate')
global.wx = wx
global.getApp = () => launched

const ok = (data) => ({ statusCode: 200, data: { code: 'OK', message: '', data, request_id: 'r' } })
const no = (statusCode, code, message, data = {}, help = null) => ({
  statusCode,
  data: { code, message, data, help, request_id: 'r' },
})

/** Wait until no call is under way and what its answer led to is done, however slow the machine is. */
async function wait() {
  for (let quiet = 0; quiet < 10; quiet += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    if (pending) quiet = -1
  }
}

/** Start the program with the given answers of the service. */
async function launch(...answers) {
  routes = answers
  asked.length = 0
  opened.length = 0
  if (!launched) {
    require(path.join(BUILT, 'app.js'))
    launched.onLaunch({ path: 'pages/home/index', query: {}, scene: 1001 })
  }
  await wait()
}

/** Start the program on a running service, with a token that it gave, or none. */
async function launchOn(address, token) {
  service = address
  storage.set('token', token)
  await launch()
}

const readied = new WeakSet()

/** Tell components that they are ready, once each; the simulator forgets those that appear later. */
function ready(node) {
  if (node instanceof exparser.Component) {
    if (node.shadowRoot instanceof exparser.Element) ready(node.shadowRoot)
    if (!readied.has(node)) node.triggerLifeTime('ready')
    readied.add(node)
  }
  for (const child of node.childNodes) if (child instanceof exparser.Element) ready(child)
}

/** Open a page and return it: its text, its fields by label, its buttons by text. */
async function open(page, query = {}) {
  const id = simulate.load(path.join(BUILT, page), 'main', { rootPath: BUILT })
  const shown = simulate.render(id)
  const parent = document.createElement('div')
  document.body.append(parent)
  parent.append(shown.dom)
  // In WeChat's order: attached, onLoad, onShow, ready.
  exparser.Element.pretendAttached(shown._exparserNode)
  shown.instance.onLoad?.(query)
  shown.instance.onShow?.()
  const root = shown._exparserNode
  settle = async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      ready(root)
      await wait()
    }
  }
  await settle()
  await wait()
  const all = (selector) => [...parent.querySelectorAll(selector)]
  const the = (found, name) => {
    if (!found) throw new Error(`no ${name} in: ${parent.textContent}`)
    return found
  }
  return {
    text: () => parent.textContent.replace(/\s+/g, ' '),
    /** Return the first element that WeChat's own selectors find. */
    find: (selector) => root.shadowRoot.querySelector(selector)?.$$,
    hasButton: (text) => all('wx-button').some((button) => button.textContent.trim() === text),
    async press(text) {
      const fitting = all('wx-button').filter((button) => button.textContent.trim() === text)
      await happen(the(fitting.at(-1), text), 'tap')
    },
    async fill(label, value) {
      const frames = all('field-frame').filter((frame) => frame.textContent.trim().startsWith(label))
      const input = the(frames.at(-1), label).querySelector('wx-input, wx-textarea')
      await happen(input, 'input', { value })
      await happen(input, 'blur', { value })
    },
    /** Choose the option at a place of a list. */
    async choose(label, index) {
      const frames = all('field-frame').filter((frame) => frame.textContent.trim().startsWith(label))
      await happen(the(frames.at(-1), label).querySelector('wx-picker'), 'change', { value: index })
    },
    /** Let WeChat's own button give something, such as the phone number. */
    async give(text, event, detail) {
      const fitting = all('wx-button').filter((button) => button.textContent.trim() === text)
      await happen(the(fitting.at(-1), text), event, detail)
    },
    /** Let an element of a component, found by its class, have an event. */
    happen: (selector, event, detail, touches) => happen(the(all(selector)[0], selector), event, detail, touches),
    async tick(text) {
      const fitting = all('wx-checkbox-group').filter((box) => box.textContent.includes(text))
      await happen(the(fitting.at(-1), text), 'change', { value: ['yes'] })
    },
  }
}

/** Let the open page draw what has come. */
let settle = wait

async function happen(element, name, detail = {}, touches = undefined) {
  const event = exparser.Event.create(name, detail, { bubbles: true, composed: true })
  if (touches) Object.assign(event, { touches })
  exparser.Event.dispatchEvent(element.__wxElement, event)
  await settle()
}

module.exports = {
  BUILT,
  asked,
  drawn,
  faces,
  launch,
  launchOn,
  no,
  node,
  ok,
  open,
  opened,
  refused,
  scrolls,
  storage,
  wait,
  window,
  wx,
}
