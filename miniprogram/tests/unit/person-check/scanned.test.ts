import { expect, test } from 'vitest'
import { scannedPage } from '@/person-check/scanned'

const scanned = (address: string) => scannedPage({ q: encodeURIComponent(address), scancode_time: '1' })

test('the code of a browser is read from the scanned address', () => {
  const address = 'https://dj.example.cn/m/#/pages/handover/index?code=aB-3_x'
  expect(scanned(address)).toEqual({ code: 'aB-3_x', page: '' })
  expect(scannedPage({ code: 'aB-3_x' })).toEqual({ code: 'aB-3_x', page: '' })
})

test('the address of another page opens that page, and no other place', () => {
  const page = 'pages/matters/confirm?matter=7'
  expect(scanned(`https://dj.example.cn/m/#/${page}`)).toEqual({ code: '', page })
  expect(scanned('https://dj.example.cn/m/#/https://evil.example')).toEqual({ code: '', page: '' })
  expect(scanned('https://dj.example.cn/')).toEqual({ code: '', page: '' })
})
