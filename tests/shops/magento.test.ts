import { describe, expect, test } from 'vitest'
import { productAttributes, readVariations } from '../../src/shops/csv/magento-attributes.ts'
import { collect, tableOf } from './collect.ts'

const eur = { currency: 'EUR' }
const base = {
  store_view_code: '',
  attribute_set_code: 'Top',
  product_type: 'simple',
  product_online: '1',
  tax_class_name: 'Taxable Goods',
}
const child = {
  ...base,
  sku: 'HOOD-S',
  name: 'Hoodie-S',
  price: '52.0000',
  description: '<p>Warm.</p>',
  weight: '1',
  categories: 'Default Category/Men/Tops,Default Category/Sale,Default Category',
  base_image: '/h/o/hood.jpg',
  additional_images: '/h/o/back.jpg,/h/o/side.jpg',
  additional_attributes: 'has_options=0,size=S,color=Black,manufacturer=Lind, Sohn & Co,ean=9520123456788',
  qty: '100.0000',
  is_in_stock: '1',
  manage_stock: '1',
  use_config_manage_stock: '1',
}
const parent = {
  ...base,
  sku: 'HOOD',
  product_type: 'configurable',
  name: 'Hoodie',
  price: '52',
  description: '<p>Parent text.</p>',
  additional_attributes: 'has_options=1,material=Wool|Fleece,climate=Cool',
  configurable_variations: 'sku=HOOD-S,size=S|sku=HOOD-M,size=M, wide',
  configurable_variation_labels: 'size=Size',
}

describe('Magento', () => {
  test('variants are known by the parent that comes after them', async () => {
    const { offer, ignored, summary } = await collect(
      tableOf([
        child,
        { ...child, sku: 'HOOD-M', description: '', base_image: '', additional_images: '' },
        parent,
      ]),
      { ...eur, imageBase: 'https://shop.example/media/', weightUnit: 'kg', vatBasisPoints: 1900 },
    )
    expect(offer('HOOD-S')).toEqual({
      sku: 'HOOD-S',
      title: { en: 'Hoodie-S' },
      description: { en: 'Warm.' },
      brand: 'Lind, Sohn & Co',
      gtin: '9520123456788',
      price: { minor: 5200, currency: 'EUR' },
      vat: { category: 'S', rate: 1900 },
      stock: 100,
      weightGrams: 1000,
      categoryPath: 'Men > Tops',
      images: [
        { url: 'https://shop.example/media/h/o/hood.jpg' },
        { url: 'https://shop.example/media/h/o/back.jpg' },
        { url: 'https://shop.example/media/h/o/side.jpg' },
      ],
      attributes: { Color: 'Black', Material: 'Wool, Fleece', Climate: 'Cool' },
      group: { id: 'HOOD', options: { Size: 'S' } },
    })
    expect(offer('HOOD-M')).toMatchObject({
      description: { en: 'Parent text.' },
      group: { id: 'HOOD', options: { Size: 'M, wide' } },
    })
    expect(ignored).toEqual([[4, 'parent-of-variants']])
    expect(summary).toMatchObject({ format: 'magento', rows: 3, products: 1, variants: 2 })
  })

  test('store views give texts in their language', async () => {
    const { offers, ignored } = await collect(
      tableOf([
        { ...child, store_view_code: 'de', name: 'Kapuzenpulli', description: 'Warm und weich.' },
        child,
        { ...child, store_view_code: 'fr_FR', name: 'Sweat', description: '' },
        { ...child, store_view_code: 'outlet', name: 'Cheap hoodie' },
      ]),
      eur,
    )
    expect(offers).toHaveLength(1)
    expect(offers[0]).toMatchObject({
      title: { en: 'Hoodie-S', de: 'Kapuzenpulli', fr: 'Sweat' },
      description: { en: 'Warm.', de: 'Warm und weich.' },
    })
    expect(ignored.map(([, reason]) => reason)).toEqual(['store-view', 'store-view', 'store-view'])
  })

  test('a file whose rows all name a store view has products all the same', async () => {
    const { summary } = await collect(tableOf([{ ...child, store_view_code: 'default' }]), eur)
    expect(summary.taken).toBe(1)
  })

  test('stock: managed, unmanaged, out of stock', async () => {
    const stocks = async (row: object): Promise<number | undefined> =>
      (await collect(tableOf([{ ...child, ...row }]), eur)).offers[0]?.stock
    expect(await stocks({})).toBe(100)
    expect(await stocks({ qty: '0.0000' })).toBe(0)
    expect(await stocks({ qty: '' })).toBeUndefined()
    expect(await stocks({ is_in_stock: '0' })).toBe(0)
    expect(await stocks({ manage_stock: '0', use_config_manage_stock: '0' })).toBeUndefined()
    expect(await stocks({ manage_stock: '0', use_config_manage_stock: '0', is_in_stock: '0' })).toBe(0)
    expect(await stocks({ qty: '2.5' })).toBe(2)
  })

  test('special and recommended prices, pack and minimum', async () => {
    const { offers } = await collect(
      tableOf([
        {
          ...child,
          special_price: '40.000000',
          msrp_price: '59.9',
          min_cart_qty: '2.0000',
          use_config_min_sale_qty: '0',
          qty_increments: '6',
          enable_qty_increments: '1',
        },
      ]),
      eur,
    )
    expect(offers[0]).toMatchObject({
      price: { minor: 4000, currency: 'EUR' },
      recommendedPrice: { minor: 5990, currency: 'EUR' },
      minQuantity: 2,
      packSize: 6,
    })
  })

  test('disabled products, bundles and gift cards are ignored', async () => {
    const { ignored } = await collect(
      tableOf([
        { ...child, product_online: '2' },
        { ...child, product_type: 'bundle' },
        { ...child, product_type: 'grouped' },
        { ...child, product_type: 'giftcard' },
        { ...child, product_type: 'rental' },
      ]),
      eur,
    )
    expect(ignored.map(([, reason]) => reason)).toEqual([
      'not-published',
      'bundle',
      'grouped',
      'gift-card',
      'type-unsupported',
    ])
  })

  test('attributes with commas, bars and quotes', () => {
    expect([...productAttributes('a=1,b=x, y,c=p|q,has_options=1,d=,"e=he said ""hi"""')]).toEqual([
      ['a', '1'],
      ['b', 'x, y'],
      ['c', 'p, q'],
      ['e', 'he said "hi"'],
    ])
    expect(readVariations('sku=A|1,size=S|sku=B,size=M,display=1')).toEqual([
      { sku: 'A|1', options: [['size', 'S']] },
      { sku: 'B', options: [['size', 'M']] },
    ])
    expect(readVariations('')).toEqual([])
  })
})
