import { describe, expect, it } from 'vitest'
import { mapLink, phoneNumbers } from '@/windows/offices'

describe('offices', () => {
  it('dials each number of the field, an extension after a pause', () => {
    expect(phoneNumbers('010-12345678转8、12345')).toEqual([
      { shown: '010-12345678转8', dialled: '010-12345678,8' },
      { shown: '12345', dialled: '12345' },
    ])
  })
  it('opens the map of a phone, none on a desk', () => {
    expect(mapLink('Linux; Android 14', '路1号')).toBe('geo:0,0?q=%E8%B7%AF1%E5%8F%B7')
    expect(mapLink('iPhone; CPU', '路1号')).toMatch(/^maps:/)
    expect(mapLink('X11; Linux x86_64', '路1号')).toBe('')
  })
})
