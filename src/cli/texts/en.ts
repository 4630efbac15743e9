import type { AuditFailure } from '../../core/audit/audit-error.ts'
import type { ErrorTexts, EventTexts, RefusalTexts } from './shape.ts'

/** All that the command line says, in English. The German catalog has the same keys, or it does not compile. */
export const en = {
  help: {
    usage: 'Usage:',
    arguments: 'Arguments:',
    options: 'Options:',
    globalOptions: 'Everywhere:',
    commands: 'Commands:',
    examples: 'Examples:',
    severalTimes: '(several times)',
    optionsWord: '[options]',
    commandWord: '[command]',
    help: 'say how the command is used',
  },
  program: {
    description:
      'Mosaic: merchants show each other their offers directly, without a hub.\n' +
      'Your node runs beside your shop; what you release goes to the partners you choose, and to nobody else.',
    firstSteps:
      'First steps, in this order:\n' +
      '  mosaic init --name "Anna\'s Garden"        who you are; writes the data folder\n' +
      '  mosaic start                              your node: leave it running, go on in another terminal\n' +
      '  mosaic catalog import products.csv        your products; --dry-run only looks at the file\n' +
      '  mosaic invite                             a link for a merchant whom you know\n' +
      '  mosaic join LINK                          what that merchant types, at their own node\n' +
      '  mosaic invite confirm                     you again, once you see who came\n' +
      '  mosaic assortments create garden --discount 15%\n' +
      '  mosaic assortments release garden "Bert"  Bert may read it now\n' +
      '  mosaic offers                             what your partners have released to you\n\n' +
      'mosaic COMMAND --help explains each, with examples.',
    data: 'the data folder (default: $MOSAIC_DATA, else .mosaic in your home folder)',
    json: 'answer in JSON, one object a line, the last one final',
    lang: 'de or en (default: the language of your system)',
    version: 'print the version',
  },
  errors: {
    prefix: 'Failed:',
    cancelled: 'Broken off. Nothing was changed.',
    flagMissing: (question: string, flag: string) =>
      `${question} There is no terminal to ask at: say it with ${flag}.`,
    valueInvalid: (field: string, why: string) => `${field}: ${why}`,
    unexpected: (message: string) => `${message}. This is a fault of Mosaic; what follows helps to find it.`,
    system: (code: string, path: string, message: string) =>
      ({
        ENOENT: `There is no ${path}. Check the path.`,
        EACCES: `${path} may not be read or written by your user. Check its permissions.`,
        EPERM: `${path} may not be read or written by your user. Check its permissions.`,
        EISDIR: `${path} is a folder; a file is needed.`,
        ENOTDIR: `${path}: a part of this path is a file, not a folder.`,
        EEXIST: `${path} is there already. Choose another name, or move it away.`,
        ENOSPC: 'The disk is full. Make room and try again.',
        EADDRINUSE: 'The port is in use by another program. Choose another, or 0 for any free one.',
      })[code] ?? message,
    usage: {
      unknownOption: (name: string) => `There is no option ${name}.`,
      unknownCommand: (name: string) => `There is no command "${name}".`,
      missingArgument: (name: string) => `${name} is missing.`,
      optionMissingArgument: (name: string) => `A value is missing after ${name}.`,
      missingOption: (name: string) => `The option ${name} is needed.`,
      excessArguments: 'There are more arguments than the command takes.',
      conflictingOption: (one: string, other: string) => `${one} and ${other} exclude each other.`,
      invalidArgument: (option: string, value: string, expected: string) =>
        `"${value}" is no value for ${option}. Possible: ${expected}`,
      noCommand: 'A command is missing.',
      seeHelp: 'Add --help to see what is possible.',
    },
  },
  /** Words for errors, by code. In English an error's own message is used, but where a command knows more. */
  codes: {
    'node-not-running': ({ folder = '' }) =>
      folder === ''
        ? 'The node is not running. Start it in another terminal: mosaic start'
        : `The node of ${folder} is not running. Start it in another terminal: mosaic start --data ${folder}`,
    'mapping-needed': ({ columns = '' }) =>
      `The table is no export of WooCommerce, Shopify, Magento or Google, and it is not plain what is in which column. Columns: ${columns}. Say it once, such as: --map sku="Item no" --map title=Name --map price="Net price"`,
  } satisfies ErrorTexts as ErrorTexts,
  /** Why a row of a file was refused. In English the row's own message is used. */
  refusals: {} satisfies RefusalTexts as RefusalTexts,
  init: {
    summary: 'become a merchant: make an identity and the data folder',
    details:
      'Makes your identity and writes it to the data folder. You get 24 recovery words: they are the only way back\n' +
      'after a loss or theft, so write them on paper. At a terminal they are shown once and asked back; otherwise they\n' +
      'go to a file that only you can read.',
    examples: [
      'mosaic init --name "Anna\'s Garden"',
      'mosaic init --data ./anna --name "Anna\'s Garden" --words-file ./words.txt --json',
    ],
    name: 'your name as other merchants see it',
    nameQuestion: 'What are you called, as other merchants should see it?',
    nameWrong: 'A name has 1 to 100 characters.',
    wordsFile: 'write the recovery words to this new file (mode 0600) instead of showing them',
    passphraseFile: 'read the passphrase that protects your keys from this file',
    noPassphrase: 'keep the keys without a passphrase, and do not ask for one',
    skipWordsCheck: 'do not ask the recovery words back',
    passphraseQuestion: 'A passphrase to protect your keys (leave empty for none):',
    passphraseAgain: 'The same again:',
    passphraseDiffers: 'The two passphrases differ. Nothing was written; try again.',
    wordsHead: 'Your recovery words. Write them on paper now; they are shown this once only:',
    wordAsked: (position: number) => `To be sure: what is word ${position}?`,
    wordWrong: (position: number) => `That is not word ${position}. Look at what you wrote.`,
    written: (name: string, folder: string) => `${name}, your identity is in ${folder}.`,
    wordsIn: (file: string) =>
      `Your recovery words are in ${file}. Copy them to paper or a safe place, then delete the file.`,
    next: 'Next: mosaic start, and leave it running.',
  },
  start: {
    summary: 'run your node; leave it running',
    details:
      'Runs your node until you stop it (Ctrl-C). All other commands talk to it from another terminal.\n' +
      'Partners reach it at the addresses that it prints; behind a router, forward the port or let a partner relay.',
    examples: [
      'mosaic start',
      'mosaic start --listen /ip4/0.0.0.0/tcp/4001 --announce /dns4/shop.example.com/tcp/4001',
      'mosaic start --data ./anna --json',
    ],
    listen: 'where partners reach the node (default: all addresses, a port that is kept)',
    announce: 'an address to tell others beside those found',
    bootstrap: 'a node to ask for partners that moved',
    noLocalDiscovery: 'do not look for nodes in the local network',
    relay:
      'client: reachable through a relay (named in --listen as ADDRESS/p2p-circuit); server: relay for others too (default off)',
    apiPort: 'port of the local API (default: any free one)',
    passphraseFile: 'read the passphrase of your keys from this file (or set MOSAIC_PASSPHRASE)',
    passphraseQuestion: 'The passphrase of your keys:',
    ready: (name: string) => `${name}: the node runs.`,
    merchant: 'Merchant',
    addresses: 'Addresses',
    api: 'Local API',
    folder: 'Data folder',
    next: 'Leave this running and go on in another terminal. Ctrl-C stops the node.',
    stopping: 'Stopping …',
    stopped: 'The node has stopped.',
  },
  status: {
    summary: 'how the node is doing, and what needs you',
    examples: ['mosaic status', 'mosaic status --json'],
    name: 'Name',
    merchant: 'Merchant',
    running: 'Running since',
    addresses: 'Addresses',
    products: 'Own products',
    assortments: 'Assortments',
    partners: 'Partners',
    partnersCount: (total: string, connected: string) => `${total}, ${connected} connected`,
    offers: "Partners' offers",
    invitations: 'Invitations',
    invitationsCount: (open: number, claimed: number) => `${open} open, ${claimed} to confirm`,
  },
  invite: {
    summary: 'invite a merchant whom you know; confirm who came',
    details:
      'Makes an invitation for one merchant. Send the link to somebody you know, or read out the phone code.\n' +
      'It works once. You see who used it and confirm; only then are you partners. It releases nothing yet.',
    examples: [
      'mosaic invite',
      'mosaic invite --phone',
      'mosaic invite --valid 7d --note "Bert, trade fair"',
      'mosaic invite list',
      'mosaic invite confirm',
      'mosaic invite revoke ID',
    ],
    create: { summary: 'make an invitation (this is what "mosaic invite" does)' },
    list: { summary: 'your invitations and what became of them' },
    revoke: { summary: 'take an invitation back' },
    confirm: { summary: 'become partner of the merchant who used an invitation' },
    decline: { summary: 'turn down the merchant who used an invitation' },
    phone: 'a code to read out, valid 1 h, for a partner in the same network or with a partner in common',
    valid: 'how long, such as 30m, 72h, 7d (default: 72h, 1h with --phone)',
    auto: 'confirm the first who uses it, without asking you',
    role: 'what you hope the other will be: partner, supplier or buyer',
    note: 'a note for yourself',
    noQr: 'draw no QR code',
    id: 'the id that "mosaic invite list" shows',
    idOptional: 'its id; not needed when there is only one to confirm',
    yes: 'do not ask again',
    linkMade: (until: string) => `An invitation for one merchant, valid until ${until}. Send this link:`,
    phoneMade: (until: string) => `An invitation for one merchant, valid until ${until}. Read this code out:`,
    phoneLonely:
      'Note: your node sees neither nodes in the local network nor others that could help to find it. The code cannot work like this; use a link.',
    nextConfirm: 'Who gets it types: mosaic join, and the above. Then confirm: mosaic invite confirm',
    nextAuto: 'Who gets it types: mosaic join, and the above. The first who does is your partner at once.',
    none: 'There are no invitations. Make one: mosaic invite',
    nobody: 'Nobody has used an invitation who would have to be confirmed.',
    which: 'Whom do you want to confirm?',
    confirmQuestion: (name: string, merchant: string) =>
      `${name} (${merchant}) used your invitation. Become partners?`,
    notConfirmed: 'Not confirmed. To turn it down for good: mosaic invite decline ID',
    confirmed: (name: string) =>
      `${name} is your partner now. Next: mosaic assortments create ID, then mosaic assortments release ID "${name}"`,
    declined: 'Turned down. The other side learns of it.',
    revoked: 'The invitation is taken back; nobody can use it any more.',
    columns: { id: 'ID', form: 'FORM', state: 'STATE', who: 'USED BY', until: 'VALID UNTIL', note: 'NOTE' },
    forms: { link: 'link', phone: 'phone' },
    states: {
      open: 'open',
      claimed: 'to confirm',
      confirmed: 'confirmed',
      declined: 'turned down',
      revoked: 'taken back',
      expired: 'expired',
    },
  },
  join: {
    summary: 'accept an invitation: a link or a phone code',
    details:
      'Contacts the inviter and shows them who you are. You are partners as soon as they confirm; your node learns of\n' +
      'it by itself, and this command need not wait for it.',
    examples: [
      "mosaic join 'mosaic:join#minv1…'",
      'mosaic join m1ab cdef ghjk mnpq rstu vwxy',
      'mosaic join LINK --wait 10m',
    ],
    code: 'the link or the code that you were given',
    wait: 'wait so long for the confirmation, such as 10m (default: do not wait)',
    question: 'The link or code of the invitation:',
    looking: 'Looking for the inviter',
    steps: {
      searching: 'Looking for the inviter …',
      connecting: 'Connecting …',
      waiting: 'Waiting for the confirmation …',
    },
    done: (name: string) =>
      `You and ${name} are partners now. What they release to you shows in: mosaic offers`,
    waiting: (name: string) =>
      `${name} sees your name now and has to confirm. Your node learns of it by itself; look with: mosaic partners`,
  },
  partners: {
    summary: 'the merchants you deal with',
    examples: [
      'mosaic partners',
      'mosaic partners show Bert',
      'mosaic partners pause Bert',
      'mosaic partners end Bert',
    ],
    list: { summary: 'all partners (this is what "mosaic partners" does)' },
    show: { summary: 'one partner: state, connection, what is released both ways' },
    pause: { summary: 'nothing flows until you resume; both sides see it' },
    resume: { summary: 'end a pause that you made' },
    end: { summary: 'end the partnership, for good: all releases end with it' },
    partner: 'name, merchant id, or the beginning of it',
    keyLog: 'also write their key log to this new file',
    yes: 'do not ask again',
    none: 'No partners yet. Invite one: mosaic invite. Or accept an invitation: mosaic join LINK',
    columns: {
      name: 'NAME',
      state: 'STATE',
      connected: 'CONNECTED',
      given: 'RELEASED',
      received: 'RECEIVED',
      merchant: 'MERCHANT',
    },
    states: { invited: 'waiting for a confirmation', partner: 'partner', paused: 'paused', ended: 'ended' },
    connectedYes: 'yes',
    connectedNo: 'no',
    since: 'Since',
    invitedBy: 'Invited by',
    who: { me: 'you', them: 'them' },
    lastSeen: 'Last seen',
    addresses: 'Addresses',
    grant: (assortment: string, until: string) => `${assortment} (lease until ${until}, renewed by itself)`,
    endQuestion: (name: string) =>
      `End the partnership with ${name}? It takes a new invitation to begin again.`,
    changed: {
      pause: (name: string) => `Paused: nothing flows between you and ${name} until you resume.`,
      resume: (name: string) => `You and ${name} go on.`,
      end: (name: string) => `The partnership with ${name} has ended. Nothing of yours goes there any more.`,
    },
  },
  catalog: {
    summary: 'your own products: import them, look at them',
    examples: [
      'mosaic catalog import products.csv',
      'mosaic catalog import products.csv --dry-run',
      'mosaic catalog import feed.xml --watch',
      'mosaic catalog list --text drill',
      'mosaic catalog show SKU-1',
    ],
    import: {
      summary: 'take products from a file of your shop',
      details:
        'Knows the CSV exports of WooCommerce, Shopify and Magento, Google Merchant feeds (XML, TSV) and BMEcat 1.2 and\n' +
        '2005. For any other CSV say once which column is what, with --map; that is remembered for this header.\n' +
        'Importing again changes only what differs, also at your partners. Products that the file no longer has go.',
      examples: [
        'mosaic catalog import products.csv --dry-run',
        'mosaic catalog import products.csv --currency EUR --language de --vat 1900',
        'mosaic catalog import list.csv --map sku=Artikelnummer --map title=Bezeichnung --map price="VK netto"',
        'mosaic catalog import feed.xml --watch',
      ],
    },
    list: { summary: 'your products as they are' },
    show: { summary: 'one product' },
    file: 'the file',
    dryRun: 'only look at the file: needs no node, changes nothing',
    currency: 'currency of prices without one, such as EUR',
    language: 'language of texts without one, such as de',
    vat: 'VAT rate of products without one, in basis points (1900 is 19 %)',
    prices: 'whether the prices in the file are gross (with VAT) or net',
    decimals: 'whether a dot or a comma stands before the decimals, where the file leaves it open',
    vatClass: 'VAT rate of a tax class of the shop, such as reduced-rate=700',
    encoding: 'encoding of the file, such as windows-1252 (default: recognised)',
    delimiter: 'sign between cells: , ; tab or | (default: recognised)',
    imageBase: 'where images with relative names lie, such as https://shop.example.com/media/',
    weightUnit: 'unit of weights without one: g, kg, lb or oz',
    territory: "which country's prices count in a BMEcat file, such as DE",
    map: 'for other CSV files: FIELD=COLUMN',
    keepMissing: 'keep products that the file does not have',
    removeMissing: 'remove products that the file does not have, even if they are more than half',
    watch: 'stay and import again whenever the file changes; Ctrl-C ends it',
    detach: 'with --watch: let the node follow the file by itself, and return',
    unwatch: { summary: 'let the node no longer follow a file' },
    reading: (rows: string) => `${rows} rows read …`,
    recognised: (file: string, format: string) => `${file}: ${format}`,
    would: 'Nothing was changed: this was a dry run.',
    counts: (rows: string, taken: string, ignored: string, refused: string) =>
      `${rows} rows: ${taken} taken, ${ignored} without a product of their own, ${refused} refused.`,
    products: (products: string, variants: string) => `${products} products, ${variants} sellable variants.`,
    changes: (added: string, changed: string, removed: string, same: string) =>
      `${added} new, ${changed} changed, ${removed} removed, ${same} as before.`,
    kept: (count: string) =>
      `${count} products are not in this file, more than half of your catalog: they were kept. To remove them, import again with --remove-missing.`,
    refusedHead: { line: 'LINE', sku: 'SKU', reason: 'WHY REFUSED' },
    refusedMore: (count: string) => `… and ${count} more`,
    watching: (file: string) => `Following ${file}. Ctrl-C ends it.`,
    followed: (file: string) =>
      `The node follows ${file} from now on. To end it: mosaic catalog unwatch ${file}`,
    unfollowed: (file: string) => `The node no longer follows ${file}.`,
    none: 'No products yet. Import a file: mosaic catalog import FILE',
    noneFound: 'No product matches.',
    columns: { sku: 'SKU', title: 'TITLE', price: 'NET PRICE', stock: 'STOCK', gtin: 'GTIN' },
    text: 'words in title, SKU or GTIN',
    limit: 'how many at most (default 50)',
    after: 'go on after this SKU',
    sku: 'the SKU',
    shown: (shown: string, total: string) => `${shown} of ${total} products.`,
    mapQuestion: (field: string) => `Which column holds ${field}?`,
    mapNone: '(none)',
    mapFields: {
      sku: 'the SKU (article number)',
      title: 'the title',
      price: 'the net price',
      stock: 'the stock',
      gtin: 'the GTIN (EAN)',
      brand: 'the brand',
      categoryPath: 'the category',
    },
  },
  definition: {
    title: 'a title for yourself and the partners',
    category: 'only these categories: numbers of the Google taxonomy, or your own paths ("Garden > Tools")',
    brand: 'only these brands',
    tag: 'only these tags',
    sku: 'only these SKUs',
    gtin: 'only these GTINs',
    priceFrom: 'only from this net price',
    priceTo: 'only up to this net price',
    withoutCategory: 'leave these categories out',
    withoutBrand: 'leave these brands out',
    withoutTag: 'leave these tags out',
    withoutSku: 'leave these SKUs out',
    rule: 'the whole rule as a JSON file: {"include":[…],"exclude":[…]}',
    discount: 'your net price less this, such as 15%',
    markup: 'your net price plus this',
    margin: 'so that this part of the new price is margin',
    fixedPrice: 'one net price for all',
    priceList: 'net prices from a file with lines "SKU;price"',
    roundTo: 'round prices to a multiple of so many minor units, such as 5 cents',
    currency: 'currency of the amounts (default EUR)',
    safetyStock: 'keep so many back',
    stockShare: 'show only this part of the stock, such as 50%',
    stockMax: 'show never more than this',
    licenceTexts: 'may partners use your texts: none, as-is, adapt (default as-is)',
    licenceImages: 'may partners use your images: none, as-is, adapt (default as-is)',
    channels: 'where partners may offer: shop, store, marketplace, comparison, social (default shop, store)',
    neutralDelivery: 'you ship without your own name on the parcel',
  },
  assortments: {
    summary: 'chosen parts of your catalog at chosen terms, for chosen partners',
    examples: [
      'mosaic assortments preview --category "Garden" --discount 15%',
      'mosaic assortments create garden --category "Garden" --discount 15% --safety-stock 2',
      'mosaic assortments release garden "Bert"',
      'mosaic assortments revoke garden "Bert"',
      'mosaic assortments create public --tag outlet',
    ],
    list: { summary: 'your assortments (this is what "mosaic assortments" does)' },
    create: {
      summary: 'define an assortment; nobody sees it before you release it',
      details:
        'Without any selection it holds the whole catalog. It follows the catalog by itself from then on.\n' +
        'The id "public" is special: it is open to everybody, without any release.',
    },
    preview: { summary: 'what an assortment would show: count, prices, what is left out and why' },
    release: { summary: 'let a partner read an assortment' },
    revoke: { summary: 'no longer let a partner read it; works at once' },
    show: { summary: 'one assortment: definition and who may read it' },
    delete: { summary: 'remove an assortment; all its releases end' },
    id: 'short name of the assortment: a–z, 0–9 and "-"',
    idOrFlags: 'an assortment that you have; or define one by the options below',
    partner: 'name, merchant id, or the beginning of it',
    to: 'release it to these partners at once',
    replace: 'change an assortment that is there already',
    yes: 'do not ask again',
    none: 'No assortments yet. Look what one would hold: mosaic assortments preview --discount 15%',
    columns: { id: 'ID', title: 'TITLE', offers: 'OFFERS', partners: 'RELEASED TO' },
    everybody: 'everybody',
    created: (id: string, count: string) =>
      `The assortment ${id} holds ${count} offers and follows your catalog.`,
    nextRelease: (id: string) => `Nobody sees it yet. Release it: mosaic assortments release ${id} PARTNER`,
    releasedTo: (names: string) => `Released to ${names}.`,
    released: (id: string, name: string, until: string) =>
      `${name} may read ${id} now. The lease runs until ${until} and is renewed by itself.`,
    later: (name: string) => `${name} is not connected right now and gets it at the next contact.`,
    revoked: (id: string, name: string) => `${name} can no longer read ${id}.`,
    deleteQuestion: (id: string) => `Remove the assortment ${id}? All its releases end.`,
    deleted: (id: string) => `The assortment ${id} is gone.`,
    rule: 'Selection',
    priceRule: 'Price',
    stockRule: 'Stock',
    terms: 'Terms',
    until: (name: string, until: string) => `${name} (lease until ${until})`,
    previewCount: (included: string, all: string) => `${included} of ${all} products would be in it.`,
    previewStock: (out: string, unknown: string) => `Sold out: ${out}. Stock unknown: ${unknown}.`,
    skusMissing: (skus: string) => `Named, but not in your catalog: ${skus}`,
    ownPrice: 'YOUR PRICE',
    shownPrice: 'SHOWN',
    exclusions: {
      'not-included': 'not selected',
      excluded: 'left out by the selection',
      'not-in-price-list': 'not in the price list',
      'price-zero': 'the price would round to nought',
      'price-too-large': 'the price would be too large',
    },
  },
  offers: {
    summary: 'what your partners released to you',
    examples: [
      'mosaic offers',
      'mosaic offers search cordless drill --in-stock',
      'mosaic offers --gtin 9520000000014',
      'mosaic offers --partner Anna --price-to 49.90',
      'mosaic offers show Anna SKU-1 --proof',
    ],
    list: { summary: 'all offers, or those that match (this is what "mosaic offers" does)' },
    search: { summary: 'find offers by words' },
    show: { summary: 'one offer, and the proof that the partner signed it' },
    text: 'words; each has to be there, whole or as a beginning',
    gtin: 'this GTIN, in any length',
    category: 'number of the Google taxonomy, or the beginning of a path ("Garden")',
    priceFrom: 'net price of one piece, from',
    priceTo: 'net price of one piece, up to',
    currency: 'only this currency (default for prices: EUR)',
    partner: 'only these partners',
    inStock: 'only what is in stock',
    limit: 'how many at most, up to 200 (default 50)',
    after: 'go on where the answer before ended',
    partnerArgument: 'name, merchant id, or the beginning of it',
    sku: "the partner's SKU",
    assortment: 'in which assortment, if it is in several',
    proof: 'prove it: signed commit and Merkle path; with FILE, written there',
    noneAtAll: 'No offers yet. They come once a partner releases an assortment to you.',
    noneFound: 'No offer matches.',
    columns: { partner: 'PARTNER', sku: 'SKU', title: 'TITLE', price: 'NET PRICE', stock: 'STOCK' },
    stockUnknown: 'unknown',
    shown: (shown: string, total: string) => `${shown} of ${total} offers.`,
    more: (next: string) => `More: --after ${next}`,
    behind: (repos: number) => `The search is still taking in ${repos} assortment(s).`,
    proven: (rev: number, at: string, key: string) =>
      `Proven: it is in commit ${rev} of ${at}, signed with the key ${key}; checked just now against the key log.`,
  },
  offer: {
    title: 'Title',
    partner: 'Partner',
    repo: 'Assortment',
    sku: 'SKU',
    gtin: 'GTIN',
    brand: 'Brand',
    mpn: 'Manufacturer no.',
    price: 'Net price',
    nextPrice: 'Announced',
    from: (price: string, date: string) => `${price} from ${date}`,
    tier: (quantity: string) => `from ${quantity}`,
    recommended: 'Recommended retail price',
    vat: 'VAT',
    stock: 'Stock',
    deliveryDays: 'Delivery days',
    minQuantity: 'Minimum quantity',
    packSize: 'Pack size',
    category: 'Category',
    variant: 'Variant',
    origin: 'Origin',
    images: 'Images',
    description: 'Description',
  },
  identity: {
    summary: 'your identity: show it, change its key, win it back after theft',
    examples: [
      'mosaic identity',
      'mosaic identity rotate --words-file words.txt',
      'mosaic identity recover --words-file words.txt',
    ],
    show: { summary: 'who you are (this is what "mosaic identity" does)' },
    rotate: {
      summary: 'change the signing key; partners follow by themselves',
      details:
        'Needs the recovery words. They go to your own node only, which uses them once and forgets them.',
    },
    recover: {
      summary: 'after theft or loss: change the key and declare the old one stolen',
      details:
        'Like rotate, but says that the old key is compromised: what it signed after the last good commits is void,\n' +
        'whatever date it bears. Without --last-good, the commits that this node holds now are the last good ones.\n' +
        'The node and sealing keys are new too: the thief may have them. A lost disk is a case for: mosaic restore',
    },
    reason: 'scheduled, retired or compromised (default: scheduled)',
    lastGood: 'the last good commit of a repo, such as trust@12',
    repair: 'of a repo that was signed twice: the commit that stands, such as public@7',
    wordsFile: 'read the recovery words from this file',
    newWords: 'make new recovery words; the present ones are void afterwards',
    newWordsFile: 'make new recovery words and write them to this new file (mode 0600)',
    wordsQuestion: 'Your 24 recovery words:',
    newWordsNeedFile:
      'Where shall the new recovery words go? There is no terminal to show them at: say it with --new-words-file PATH.',
    key: 'Signing key',
    keyEvents: 'Key events',
    head: 'Newest event',
    node: 'Node',
    protected: 'Keys on disk',
    withPassphrase: 'encrypted with a passphrase',
    withoutPassphrase: 'readable by your user only, without a passphrase',
    frozen:
      'Two key logs of this identity exist: it is frozen. Partners do not talk to it until that is settled.',
    reasons: {
      scheduled: 'as planned',
      retired: 'the old key is retired',
      compromised: 'the old key is declared stolen',
    },
    rotated: (reason: string, events: number) =>
      `The key is changed (${reason}); your key log has ${events} events now. Partners follow by themselves.`,
  },
  repo: {
    summary: 'the signed records behind it all: yours and those of your partners',
    examples: [
      'mosaic repo',
      'mosaic repo log assortment/garden',
      'mosaic repo verify',
      'mosaic repo log trust --of Bert',
    ],
    list: { summary: 'all repos that this node holds' },
    log: { summary: 'the signed commits of a repo, newest first' },
    verify: { summary: 'compute everything again from the records and compare it with what was signed' },
    repo: 'trust, public or assortment/ID',
    repoOptional: 'trust, public or assortment/ID (default: all that this node holds)',
    of: 'whose (default: your own)',
    limit: 'how many at most (default 20)',
    mine: '(you)',
    columns: {
      merchant: 'MERCHANT',
      repo: 'REPO',
      rev: 'REV',
      records: 'RECORDS',
      at: 'SIGNED',
      root: 'ROOT',
      commit: 'COMMIT',
    },
    good: (name: string, repo: string, rev: number, records: string, root: string) =>
      `good  ${name} ${repo}: rev ${rev}, ${records} records, root ${root}`,
    bad: (name: string, repo: string, problems: string) => `BAD   ${name} ${repo}: ${problems}`,
  },
  backup: {
    summary: 'write all that the node holds to one file, while it runs',
    details:
      'The file holds your keys: keep it as safe as the data folder. The recovery words are not in it.\n' +
      'A key that has no passphrase has none in the file either.',
    examples: ['mosaic backup mosaic-2026-11-21.backup'],
    file: 'the new file',
    replace: 'overwrite a file that is there',
    progress: (size: string) => `${size} …`,
    done: (file: string, size: string) => `${file}: ${size}. It holds your keys; keep it safe.`,
  },
  restore: {
    summary: 'make a data folder from a backup',
    details:
      'Into an empty data folder. Stop the old node for good before you start the restored one. The restored node first\n' +
      'asks every partner what it has seen of you, and signs nothing before all have answered; --confirm goes on\n' +
      'without those that do not. Invitations that were open are closed.',
    examples: ['mosaic restore mosaic-2026-11-21.backup --data ./restored', 'mosaic restore --confirm'],
    file: 'the backup',
    confirm: 'go on without the partners that have not answered (asks the running node)',
    question: 'Which backup?',
    progress: (size: string) => `${size} …`,
    done: (name: string, folder: string) => `${name} is restored in ${folder}.`,
    next: 'Next: mosaic start. It writes again once every partner has answered, or after mosaic restore --confirm.',
    confirmed: 'The node writes again.',
  },
  check: {
    summary: 'is everything that the node holds whole and true?',
    details: 'Asks the running node; when it is not running, looks at the data folder itself.',
    examples: ['mosaic check', 'mosaic check --data ./anna --json'],
    progress: (what: string) => `${what} …`,
    counts: (repos: string, records: string) => `${repos} repos, ${records} records.`,
    good: 'Everything is in order.',
    bad: 'Restore a backup, or ask for help with this list.',
  },
  trust: {
    summary: 'how much you may risk with whom',
    examples: ['mosaic trust evaluate --graph graph.json --viewer Anna --budget 100000'],
    evaluate: {
      summary: 'compute limits on a plain graph file, without a node',
      details:
        'For research and for other implementations. What the file holds and how the numbers are defined is in\n' +
        'protocol/trust.md, section 11. Amounts are minor units: 100000 is 1000.00 EUR.',
      examples: [
        'mosaic trust evaluate --graph graph.json --viewer Anna --budget 100000',
        'mosaic trust evaluate --graph graph.json --viewer Anna --target Bert --uncapped --json',
      ],
    },
    graph: 'the file: {"endorsements":[…],"disputes":[…]}',
    viewer: 'whose view',
    target: 'of whom (default: all who can be reached)',
    context: 'delivery, quality, payment or advice (default: any)',
    at: 'at this time, such as 2026-11-21T10:00:00Z (default: now)',
    currency: 'in this currency; it is also that of amounts which name none',
    budget: 'the risk budget in minor units: bounds what you vouch yourself and what goes by way of others',
    uncapped: 'no budget: plain maximum flow over all who are introduced',
    budgetMissing:
      'Say how much may be risked at all: --budget with an amount in minor units, or --uncapped.',
    viewerUnknown: (name: string) => `The file does not name ${name}: nobody can be reached.`,
    withoutRate: (currencies: string) => `Amounts in ${currencies} count nothing: there is no rate for them.`,
    nobody: 'Nobody can be reached.',
    you: 'you',
    columns: {
      merchant: 'MERCHANT',
      limit: 'LIMIT',
      disputed: 'DISPUTED',
      effective: 'EFFECTIVE',
      rank: 'RANK',
    },
  },
  audit: {
    summary: 'files for auditors: who vouches for whom, for how much',
    examples: ['mosaic audit verify bundle.json'],
    verify: {
      summary: 'check a file that a merchant exported for you',
      details:
        'Computes everything anew: signatures, keys, proofs, the flow of trust and the limit. Needs no node, no network and\n' +
        'no data folder. Exit code 0: it holds; 1: it does not.',
      examples: ['mosaic audit verify bundle.json', 'mosaic audit verify bundle.json --json'],
    },
    file: 'the audit bundle',
    holds: 'The file holds: every signature, proof and number in it was computed anew.',
    fails: 'The file does NOT hold.',
    exported: (name: string, time: string) => `Exported by ${name}, by its own word on ${time}.`,
    limit: (viewer: string, subject: string, money: string, purpose: string, time: string) =>
      `${viewer} may risk up to ${money} with ${subject} (purpose: ${purpose}; ${time}), along:`,
    vouches: (author: string, subject: string, money: string, since: string, until: string) =>
      `${author} vouches for ${subject} up to ${money}, from ${since} to ${until}.`,
    absent: (merchant: string, key: string, time: string) =>
      `${merchant} published nothing under "${key}", as of its head shown for ${time}.`,
    equivocation: (merchant: string, repo: string, rev: string) =>
      `${merchant} signed two different commits as number ${rev} of ${repo}.`,
    notes: {
      stale: (name: string, days: string) => `! News of ${name} was ${days} days old.`,
      private: (name: string) =>
        `What the exporter vouches for ${name} was not published: nobody saw it before.`,
      deal: (buyer: string, seller: string, month: string) =>
        `${buyer} bought from ${seller}, and both signed that, in ${month}.`,
      dealContested: (buyer: string, seller: string) =>
        `! A key in the deal of ${buyer} with ${seller} was declared stolen later.`,
      equivocationContested: (name: string) =>
        `! One of the two keys was declared stolen later: it may have been the thief, not ${name}.`,
      timestamp: (time: string) =>
        `It bears a time stamp of ${time}. Whether you trust its authority, ask openssl ts -verify.`,
    },
    notProvedHead: 'What it does not prove:',
    notProved: [
      'that nothing was withdrawn, disputed or declared stolen later;',
      'that there are no other endorsements or disputes, which it leaves out;',
      'that goods were delivered or money was paid;',
      'who stands behind a merchant id: names are what merchants call themselves.',
    ],
    failures: {
      'too-large': 'It is too large.',
      encoding: 'It is not as it was written: its encoding was changed.',
      'not-canonical': 'It is not as it was written: its text was changed.',
      'version-unknown': 'A newer Mosaic wrote it.',
      malformed: 'A part has not the form that it must have.',
      'raw-signature': 'A signature as openssl takes it is not that of its statement.',
      'key-log': "A merchant's keys do not hold.",
      head: "A merchant's commit, or a proof under it, does not hold.",
      endorsement: 'An endorsement does not hold.',
      deal: 'A deal does not hold.',
      flow: 'The amounts do not flow as it says.',
      limit: 'The limit is another.',
      claim: 'What it shows is not what it claims.',
      missing: 'Something that it needs is missing.',
      extra: 'It holds something that does not belong there.',
      timestamp: 'The time stamp is not for it.',
      exporter: "The exporter's signature does not hold.",
    } satisfies Readonly<Record<AuditFailure, string>> as Readonly<Record<AuditFailure, string>>,
  },
  /** What happens while the node runs, as far as a person wants to know. */
  events: {
    'partner-connected': ({ name }) => `${name} is connected.`,
    'partner-disconnected': ({ name }) => `${name} is no longer connected.`,
    'partner-state': ({ name, state, by }) => {
      const who = by === 'me' ? 'you' : name
      return {
        invited: `${name} has to confirm.`,
        partner: `You and ${name} are partners.`,
        paused: `Paused by ${who}: nothing flows between you and ${name}.`,
        ended: `Ended by ${who}: the partnership with ${name}.`,
      }[state]
    },
    'invitation-claimed': ({ name, merchant, invitation }) =>
      `${name} (${merchant}) used your invitation. Confirm: mosaic invite confirm ${invitation}`,
    'invitation-claimed-twice': ({ name, merchant, invitation }) =>
      `WARNING: a second merchant, ${name} (${merchant}), knows the code of your invitation ${invitation}. It was refused. The code has leaked: do you know who came first?`,
    'grant-received': ({ name, assortment }) => `${name} releases ${assortment} to you.`,
    'grant-ended': ({ name, assortment }) =>
      `${assortment} of ${name} is no longer released to you; its offers are gone.`,
    'offers-changed': ({ name, repo, changed }) => `${changed} offers of ${name} changed (${repo}).`,
    'catalog-imported': ({ file, added, changed, removed, refused }) =>
      `${file}: ${added} new, ${changed} changed, ${removed} removed, ${refused} refused.`,
    'catalog-import-failed': ({ file, message }) => `${file} could not be imported: ${message}`,
    'assortment-published': ({ assortment, changed }) => `${assortment}: ${changed} offers published.`,
    'identity-rotated': ({ name, seq }) => `${name} has a new signing key (key event ${seq}).`,
    'identity-frozen': ({ name }) =>
      `WARNING: two key logs of ${name} exist. Nothing of theirs is believed until that is settled.`,
    equivocation: ({ name, repo }) => `WARNING: ${name} signed two versions of ${repo}. The proof is kept.`,
    warning: ({ message }) => `WARNING: ${message}`,
  } satisfies EventTexts as EventTexts,
}

export type Texts = typeof en
