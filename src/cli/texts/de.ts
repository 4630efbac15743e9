import type { Texts } from './en.ts'
import type { AllErrorTexts, AllRefusalTexts } from './shape.ts'

/** Alles, was die Kommandozeile sagt, auf Deutsch. */
export const de: Texts = {
  help: {
    usage: 'Aufruf:',
    arguments: 'Angaben:',
    options: 'Optionen:',
    globalOptions: 'Überall:',
    commands: 'Befehle:',
    examples: 'Beispiele:',
    severalTimes: '(mehrfach möglich)',
    optionsWord: '[Optionen]',
    commandWord: '[Befehl]',
    help: 'erklären, wie der Befehl aufgerufen wird',
  },
  program: {
    description:
      'Mosaic: Händler zeigen einander ihre Angebote direkt, ohne Zentrale.\n' +
      'Ihr Knoten läuft neben Ihrem Shop; was Sie freigeben, bekommen die Partner, die Sie wählen, und sonst niemand.',
    firstSteps:
      'Erste Schritte, in dieser Reihenfolge:\n' +
      '  mosaic init --name "Annas Garten"         wer Sie sind; legt den Datenordner an\n' +
      '  mosaic start                              Ihr Knoten: laufen lassen, in einem anderen Terminal weitermachen\n' +
      '  mosaic catalog import produkte.csv        Ihre Produkte; mit --dry-run wird die Datei nur angesehen\n' +
      '  mosaic invite                             ein Link für einen Händler, den Sie kennen\n' +
      '  mosaic join LINK                          was dieser Händler eingibt, an seinem Knoten\n' +
      '  mosaic invite confirm                     wieder Sie, sobald Sie sehen, wer gekommen ist\n' +
      '  mosaic assortments create garten --discount 15%\n' +
      '  mosaic assortments release garten "Bert"  Bert darf es jetzt lesen\n' +
      '  mosaic offers                             was Ihre Partner Ihnen freigegeben haben\n\n' +
      'mosaic BEFEHL --help erklärt jeden einzeln, mit Beispielen.',
    data: 'der Datenordner (sonst: $MOSAIC_DATA, sonst .mosaic in Ihrem Benutzerordner)',
    json: 'in JSON antworten, ein Objekt je Zeile, das letzte ist das Ergebnis',
    lang: 'de oder en (sonst: die Sprache Ihres Systems)',
    version: 'die Version ausgeben',
  },
  errors: {
    prefix: 'Fehlgeschlagen:',
    cancelled: 'Abgebrochen. Nichts wurde geändert.',
    flagMissing: (question, flag) =>
      `${question} Hier kann niemand gefragt werden: Geben Sie es mit ${flag} an.`,
    valueInvalid: (field, why) => `${field}: ${why}`,
    unexpected: (message) => `${message}. Das ist ein Fehler von Mosaic; das Folgende hilft, ihn zu finden.`,
    system: (code, path, message) =>
      ({
        ENOENT: `${path} gibt es nicht. Prüfen Sie den Pfad.`,
        EACCES: `${path} darf Ihr Benutzer nicht lesen oder schreiben. Prüfen Sie die Rechte.`,
        EPERM: `${path} darf Ihr Benutzer nicht lesen oder schreiben. Prüfen Sie die Rechte.`,
        EISDIR: `${path} ist ein Ordner; gebraucht wird eine Datei.`,
        ENOTDIR: `${path}: Ein Teil dieses Pfads ist eine Datei, kein Ordner.`,
        EEXIST: `${path} gibt es schon. Wählen Sie einen anderen Namen oder verschieben Sie es.`,
        ENOSPC: 'Die Platte ist voll. Schaffen Sie Platz und versuchen Sie es noch einmal.',
        EADDRINUSE:
          'Der Port wird von einem anderen Programm benutzt. Wählen Sie einen anderen, oder 0 für irgendeinen freien.',
      })[code] ?? message,
    usage: {
      unknownOption: (name) => `Die Option ${name} gibt es nicht.`,
      unknownCommand: (name) => `Den Befehl "${name}" gibt es nicht.`,
      missingArgument: (name) => `Es fehlt: ${name}.`,
      optionMissingArgument: (name) => `Nach ${name} fehlt der Wert.`,
      missingOption: (name) => `Die Option ${name} wird gebraucht.`,
      excessArguments: 'Das sind mehr Angaben, als der Befehl nimmt.',
      conflictingOption: (one, other) => `${one} und ${other} schließen einander aus.`,
      invalidArgument: (option, value, expected) =>
        `"${value}" ist kein Wert für ${option}. Möglich: ${expected}`,
      noCommand: 'Es fehlt ein Befehl.',
      seeHelp: 'Mit --help sehen Sie, was möglich ist.',
    },
  },
  codes: {
    'graph-too-large': ({ message = '' }) => `Die Graphdatei ist zu groß. ${message}`,
    'graph-not-json': () => 'Die Graphdatei ist kein JSON.',
    'graph-malformed': ({ message = '' }) => `Die Graphdatei hat nicht die richtige Form. ${message}`,
    'graph-self-endorsement': ({ message = '' }) => `Niemand kann für sich selbst bürgen. ${message}`,
    'graph-self-dispute': ({ message = '' }) => `Niemand kann sich selbst anfechten. ${message}`,
    'graph-author-limit': ({ message = '' }) => `Ein Händler bürgt für zu viele. ${message}`,
    'node-not-running': ({ folder = '' }) =>
      folder === ''
        ? 'Der Knoten läuft nicht. Starten Sie ihn in einem anderen Terminal: mosaic start'
        : `Der Knoten von ${folder} läuft nicht. Starten Sie ihn in einem anderen Terminal: mosaic start --data ${folder}`,
    'answer-incomplete': () =>
      'Der Knoten hat die Antwort abgebrochen. Sehen Sie in seine Ausgabe und versuchen Sie es noch einmal.',
    'host-refused': () => 'Die lokale Schnittstelle antwortet nicht unter diesem Namen.',
    'cross-site': () => 'Anfragen von anderen Seiten werden abgelehnt.',
    'token-missing': () =>
      'Es fehlt ein gültiges Token. Es steht in api.json im Datenordner; starten Sie den Knoten neu, wenn es nicht passt.',
    'not-found': ({ message = '' }) => `Das gibt es in der Schnittstelle nicht. ${message}`,
    'input-invalid': ({ message = '' }) => `Eine Angabe ist ungültig: ${message}`,
    'request-malformed': ({ message = '' }) => `Die Anfrage ist fehlerhaft: ${message}`,
    'request-too-large': () => 'Die Anfrage ist zu groß: höchstens 1 MiB.',
    'file-too-large': () => 'Die Datei ist zu groß: höchstens 8 GiB.',
    unexpected: ({ message = '' }) => `Das ist ein Fehler von Mosaic: ${message}`,
    'not-initialised': ({ folder = '' }) =>
      `In ${folder} ist keine Identität. Legen Sie mit "mosaic init" eine an, oder nennen Sie mit --data einen anderen Ordner.`,
    'already-initialised': ({ folder = '' }) =>
      `In ${folder} ist schon eine Identität. "mosaic start" startet sie; für eine weitere wählen Sie mit --data einen anderen Ordner.`,
    'folder-not-empty': ({ folder = '' }) =>
      `In ${folder} liegen andere Dateien. Wählen Sie mit --data einen leeren oder neuen Ordner.`,
    'passphrase-needed': () =>
      'Ihre Schlüssel sind mit einem Kennwort geschützt. Geben Sie es mit --passphrase-file oder MOSAIC_PASSPHRASE an.',
    'passphrase-wrong': () => 'Das Kennwort ist falsch.',
    'words-wrong': () =>
      'Diese Wiederherstellungswörter passen nicht. Prüfen Sie Schreibung und Reihenfolge; gab es seither neue Wörter, werden die neuen gebraucht.',
    'not-a-backup': () => 'Die Datei ist keine Sicherung von Mosaic. "mosaic backup DATEI" macht eine.',
    'backup-damaged': () =>
      'Die Sicherung ist beschädigt oder nicht vollständig. Nehmen Sie eine andere Kopie.',
    'invitation-unknown': ({ id = '' }) =>
      `Die Einladung "${id}" gibt es nicht. "mosaic invite list" zeigt Ihre.`,
    'partner-unknown': ({ partner = '' }) =>
      `Sie haben keinen Partner "${partner}". "mosaic partners" zeigt Ihre Partner.`,
    'partner-ambiguous': ({ partner = '', count = '' }) =>
      `"${partner}" passt auf ${count} Ihrer Partner. Geben Sie mehr vom Namen an, oder die Händlerkennung.`,
    'assortment-unknown': ({ assortment = '' }) =>
      `Das Sortiment "${assortment}" gibt es nicht. "mosaic assortments" zeigt Ihre.`,
    'product-unknown': ({ sku = '' }) => `In Ihrem Katalog gibt es kein Produkt "${sku}".`,
    'offer-unknown': ({ name = '', sku = '' }) => `${name} bietet Ihnen "${sku}" nicht an.`,
    'repo-unknown': ({ repo = '', name = '' }) => `Dieser Knoten hat kein Verzeichnis ${repo} von ${name}.`,
    'grant-unknown': ({ assortment = '', name = '' }) => `${assortment} ist für ${name} nicht freigegeben.`,
    'source-unknown': ({ path = '' }) => `Der Knoten folgt der Datei ${path} nicht.`,
    'partner-not-active': ({ name = '' }) =>
      `${name} ist zurzeit nicht Ihr Partner; das geht gerade nicht. "mosaic partners" zeigt den Stand. Eine beendete Partnerschaft beginnt mit einer neuen Einladung.`,
    'assortment-exists': ({ assortment = '' }) =>
      `Ein Sortiment "${assortment}" gibt es schon. Wählen Sie einen anderen Namen, oder ändern Sie es mit --replace.`,
    'assortments-too-many': () => 'Mehr Sortimente kann ein Händler nicht haben. Löschen Sie zuerst eines.',
    'assortment-public': () =>
      'Das Sortiment "public" steht allen offen; es kann keinem einzelnen freigegeben werden.',
    'import-running': () =>
      'Ein anderer Import läuft. Warten Sie, bis er durch ist, und versuchen Sie es noch einmal.',
    'mapping-needed': ({ columns = '' }) =>
      `Die Tabelle ist kein Export von WooCommerce, Shopify, Magento oder Google, und es ist nicht klar, was in welcher Spalte steht. Spalten: ${columns}. Sagen Sie es einmal, zum Beispiel: --map sku=Artikelnummer --map title=Bezeichnung --map price="VK netto"`,
    'file-unreadable': ({ path = '' }) => `Der Knoten kann ${path} nicht lesen. Prüfen Sie Pfad und Rechte.`,
    'restore-open': ({ partners = '' }) =>
      partners === ''
        ? 'Ein Partner hat neuere Stände von Ihnen als dieser Knoten; er holt sie, bevor er wieder unterschreibt. Versuchen Sie es gleich noch einmal.'
        : `Dieser Knoten kommt aus einer Sicherung und unterschreibt nichts, bevor diese Partner gesagt haben, was sie von Ihnen haben: ${partners}. Ohne sie weiter: mosaic restore --confirm`,
    'identity-frozen': () =>
      'Ihre Identität hat neuere Schlüsselereignisse, als dieser Knoten kennt: Er ist eine alte Kopie, oder jemand hat Ihre Wörter benutzt. Er unterschreibt nichts mehr. Nehmen Sie die neuere Kopie, oder holen Sie die Identität zurück: mosaic identity recover',
    'sources-too-many': () => 'Mehr Dateien kann ein Knoten nicht folgen.',
    'code-not-a-code': () => 'Ein Einladungscode beginnt mit "minv1" oder mit "m1".',
    'code-too-long': () => 'Das ist länger als jeder Einladungscode. Fügen Sie nur den Code ein.',
    'code-mistyped': () =>
      'Der Einladungscode ist vertippt oder nicht vollständig. Prüfen Sie ihn, oder kopieren Sie ihn noch einmal ganz.',
    'code-version': () =>
      'Der Einladungscode kommt von einer neueren Version von Mosaic. Aktualisieren Sie diese und versuchen Sie es noch einmal.',
    'code-malformed': () => 'Dieser Einladungscode kann nicht benutzt werden: Kein Mosaic hat ihn gemacht.',
    'invitation-unknown-code': () =>
      'Der Einladende kennt diesen Code nicht. Prüfen Sie ihn auf Tippfehler, oder bitten Sie um einen neuen.',
    'invitation-expired': () => 'Die Einladung ist abgelaufen. Bitten Sie um eine neue.',
    'invitation-used': () =>
      'Die Einladung wurde schon benutzt. Bitten Sie um eine neue, und sagen Sie dem Einladenden, wenn Sie es nicht waren.',
    'invitation-revoked': () => 'Der Einladende hat die Einladung zurückgenommen. Bitten Sie um eine neue.',
    'invitation-claimed-by-another': () =>
      'Jemand anderes hat diesen Code vor Ihnen benutzt. Sagen Sie es dem Einladenden: Der Code ist vielleicht in falsche Hände geraten.',
    'invitation-declined': () => 'Der Einladende hat abgelehnt.',
    'invitation-clock': () =>
      'Die Uhren der beiden Rechner gehen zu verschieden. Stellen Sie sie richtig und versuchen Sie es noch einmal.',
    'invitation-already-partners': () => 'Sie sind schon Partner. Es ist nichts zu tun.',
    'invitation-own-invitation': () =>
      'Das ist Ihre eigene Einladung. Geben Sie den Code dem anderen Händler.',
    'invitation-frozen': () =>
      'Eine der beiden Identitäten ist eingefroren, weil es zwei Fassungen ihrer Schlüsselereignisse gibt. Das muss ihr Inhaber erst klären.',
    'invitation-too-many-attempts': () =>
      'Von diesem Rechner oder Netz kamen zu viele falsche Codes. Warten Sie, dann versuchen Sie es noch einmal.',
    'invitation-not-claimed': ({ id = '' }) => `Die Einladung ${id} hat noch niemand benutzt.`,
    'invitation-over': ({ id = '' }) => `Die Einladung ${id} ist erledigt; daran ist nichts mehr zu ändern.`,
    'invitations-too-many': () => 'Es gibt zu viele offene Einladungen. Nehmen Sie zuerst einige zurück.',
    'inviter-unreachable': ({ why = '' }) =>
      `Der Knoten des Einladenden ist nicht zu erreichen. Fragen Sie, ob er läuft, und versuchen Sie es mit demselben Code noch einmal. ${why}`.trim(),
    'inviter-not-found': () =>
      'Kein Knoten, der zu finden war, kennt diesen Code. Prüfen Sie ihn auf Tippfehler; fragen Sie, ob der Knoten des Einladenden läuft, oder bitten Sie um einen Link.',
    'cannot-meet': () =>
      'Im lokalen Netz ist kein anderer Knoten, und dieser kennt keinen, der weiterhelfen könnte: Ein Telefoncode kann hier nicht gehen. Bitten Sie um einen Link.',
    'pairing-failed': () =>
      'Der Knoten des Einladenden hat gegen die Regeln geantwortet. Bitten Sie ihn, Mosaic zu aktualisieren.',
    'in-use': () =>
      'Der Datenordner wird von einem anderen Prozess benutzt. Halten Sie zuerst jenen Knoten an.',
    damaged: ({ message = '' }) =>
      `Etwas im Datenordner ist beschädigt. "mosaic check" sagt mehr; notfalls spielen Sie eine Sicherung zurück. (${message})`,
    'too-new': () => 'Die Daten hat ein neueres Mosaic geschrieben. Installieren Sie diese Version.',
    'disk-full': () =>
      'Die Platte ist voll. Nichts wurde geändert. Schaffen Sie Platz und versuchen Sie es noch einmal.',
    failed: ({ message = '' }) => `Der Speicher konnte nicht benutzt werden: ${message}`,
    exists: ({ message = '' }) => `Es gibt schon eine Identität; sie wird nie überschrieben. (${message})`,
    missing: ({ message = '' }) => `Hier ist keine Identität: "mosaic init" legt eine an. (${message})`,
    unreadable: ({ message = '' }) => `Die Schlüsseldatei kann nicht gelesen werden. (${message})`,
    'mode-too-open': ({ message = '' }) =>
      `Die Schlüsseldatei dürfen auch andere auf diesem Rechner lesen oder ändern. Setzen Sie die Rechte auf 600. (${message})`,
    'rotation-refused': ({ message = '' }) => `Der Schlüssel kann so nicht gewechselt werden. (${message})`,
    'not-written': ({ message = '' }) =>
      `Die Schlüsseldatei konnte nicht geschrieben werden; nichts wurde geändert. (${message})`,
    'address-malformed': ({ message = '' }) =>
      `Eine Adresse ist fehlerhaft. Richtig wäre etwa /ip4/0.0.0.0/tcp/4001. (${message})`,
    'peer-unreachable': ({ message = '' }) => `Der andere Knoten ist nicht zu erreichen. (${message})`,
    'peer-refused': () => 'Dieser Knoten lehnt den anderen zurzeit wegen dessen Verstößen ab.',
    'peer-mismatch': () => 'Unter dieser Adresse antwortet ein anderer Knoten.',
    'protocol-unsupported': () =>
      'Der andere Knoten spricht dieses Protokoll nicht. Er muss wohl aktualisiert werden.',
    'file-empty': () => 'Die Datei ist leer.',
    'format-unknown': ({ message = '' }) => `Das Format der Datei ist nicht bekannt. (${message})`,
    compressed: () => 'Die Datei ist gepackt. Entpacken Sie sie zuerst.',
    'column-missing': ({ field = '' }) => `In der Tabelle fehlt die Spalte "${field}".`,
    'column-twice': ({ field = '' }) => `Die Spalte "${field}" kommt zweimal vor. Benennen Sie eine um.`,
    'columns-too-many': () => 'Die Tabelle hat zu viele Spalten.',
    'option-invalid': ({ field = '', message = '' }) => `Die Angabe ${field} ist ungültig. (${message})`,
    'quote-unclosed': ({ line = '' }) => `Ein Anführungszeichen ab Zeile ${line} wird nicht geschlossen.`,
    'row-too-large': ({ line = '' }) => `Die Zeile ${line} ist zu groß.`,
    'xml-malformed': ({ line = '', message = '' }) => `Das XML ist in Zeile ${line} fehlerhaft. (${message})`,
    'xml-entities': () => 'Die XML-Datei erklärt eigene Entities. Das wird aus Sicherheit abgelehnt.',
    'xml-too-deep': () => 'Das XML ist zu tief geschachtelt.',
    'xml-too-large': ({ line = '' }) => `Ein Element des XML in Zeile ${line} ist zu groß.`,
    'invitation-claimed': ({ count = '' }) =>
      `${count} Händler haben eine Einladung benutzt und warten auf Sie: mosaic invite confirm`,
    equivocation: ({ name = '', repo = '' }) =>
      `${name} hat zwei Fassungen von ${repo} unterschrieben. Der Beweis ist aufbewahrt; Neueres davon wird nicht genommen.`,
    'message-failed': ({ name = '', message = '' }) =>
      `${name} hat eine Nachricht nicht angenommen. ${message}`.trim(),
    'source-failed': ({ message = '' }) => `Die Datei kann nicht gelesen werden. (${message})`,
    'spool-failed': ({ message = '' }) => `Eine Zwischenkopie konnte nicht geschrieben werden. (${message})`,
  } satisfies AllErrorTexts,
  refusals: {
    'sku-missing': 'keine Artikelnummer',
    'sku-invalid': 'Artikelnummer ungültig: höchstens 64 Zeichen, keine Steuerzeichen',
    'sku-formula': 'Artikelnummer ist eine Formel',
    'sku-duplicate': 'Artikelnummer kommt schon weiter oben vor',
    'title-missing': 'kein Titel',
    'title-formula': 'Titel ist eine Formel',
    'price-missing': 'kein Preis',
    'price-malformed': 'Preis nicht lesbar',
    'price-ambiguous': 'Preis mehrdeutig: mit --decimals sagen, was vor den Nachkommastellen steht',
    'price-negative': 'Preis unter null',
    'price-inexact': 'Preis ist in der Währung nicht genau darstellbar',
    'price-too-large': 'Preis zu groß',
    'currency-missing': 'keine Währung: mit --currency angeben',
    'currency-unknown': 'Währung unbekannt',
    'currency-differs': 'Preise in verschiedenen Währungen',
    'vat-malformed': 'Mehrwertsteuersatz nicht lesbar',
    'product-unknown': 'Produkt ist nicht im Katalog',
    'variants-too-many': 'zu viele Varianten',
    'cells-count': 'andere Zahl von Zellen als in der Kopfzeile',
    'cell-too-large': 'eine Zelle ist zu groß',
    'element-too-large': 'das Element ist zu groß',
    'encoding-invalid': 'Zeichen in einer anderen Kodierung als der Rest der Datei',
    'offer-too-large': 'das Angebot ist zu groß: kürzere Texte oder weniger Bilder',
    'offer-invalid': 'das Angebot ist ungültig',
  } satisfies AllRefusalTexts,
  init: {
    summary: 'Händler werden: Identität und Datenordner anlegen',
    details:
      'Legt Ihre Identität an und schreibt sie in den Datenordner. Sie bekommen 24 Wiederherstellungswörter: Nach Verlust\n' +
      'oder Diebstahl führt nur über sie ein Weg zurück; schreiben Sie sie auf Papier. Am Terminal werden sie einmal gezeigt\n' +
      'und abgefragt; sonst kommen sie in eine Datei, die nur Sie lesen können.',
    examples: [
      'mosaic init --name "Annas Garten"',
      'mosaic init --data ./anna --name "Annas Garten" --words-file ./woerter.txt --json',
    ],
    name: 'Ihr Name, wie ihn andere Händler sehen',
    nameQuestion: 'Wie heißen Sie, so wie andere Händler es sehen sollen?',
    nameWrong: 'Ein Name hat 1 bis 100 Zeichen.',
    wordsFile: 'die Wiederherstellungswörter in diese neue Datei schreiben (Rechte 0600) statt sie zu zeigen',
    passphraseFile: 'das Kennwort, das Ihre Schlüssel schützt, aus dieser Datei lesen',
    noPassphrase: 'die Schlüssel ohne Kennwort ablegen und nicht danach fragen',
    skipWordsCheck: 'die Wiederherstellungswörter nicht abfragen',
    passphraseQuestion: 'Ein Kennwort, das Ihre Schlüssel schützt (leer lassen für keines):',
    passphraseAgain: 'Noch einmal dasselbe:',
    passphraseDiffers:
      'Die beiden Kennwörter sind verschieden. Nichts wurde geschrieben; versuchen Sie es noch einmal.',
    wordsHead:
      'Ihre Wiederherstellungswörter. Schreiben Sie sie jetzt auf Papier; sie werden nur dieses eine Mal gezeigt:',
    wordAsked: (position) => `Zur Sicherheit: Wie heißt Wort ${position}?`,
    wordWrong: (position) => `Das ist nicht Wort ${position}. Sehen Sie auf Ihren Zettel.`,
    written: (name, folder) => `${name}, Ihre Identität ist in ${folder}.`,
    wordsIn: (file) =>
      `Ihre Wiederherstellungswörter stehen in ${file}. Übertragen Sie sie auf Papier oder an einen sicheren Ort, dann löschen Sie die Datei.`,
    next: 'Weiter mit: mosaic start, und laufen lassen.',
  },
  start: {
    summary: 'Ihren Knoten starten; laufen lassen',
    details:
      'Ihr Knoten läuft, bis Sie ihn anhalten (Strg-C). Alle anderen Befehle sprechen aus einem anderen Terminal mit ihm.\n' +
      'Partner erreichen ihn unter den Adressen, die er ausgibt; hinter einem Router leiten Sie den Port weiter.',
    examples: [
      'mosaic start',
      'mosaic start --listen /ip4/0.0.0.0/tcp/4001 --announce /dns4/shop.example.com/tcp/4001',
      'mosaic start --data ./anna --json',
    ],
    listen: 'wo Partner den Knoten erreichen (sonst: alle Adressen, ein Port, der bleibt)',
    announce: 'eine Adresse, die anderen außer den gefundenen genannt wird',
    bootstrap: 'ein Knoten, der nach umgezogenen Partnern gefragt wird',
    noLocalDiscovery: 'nicht im lokalen Netz nach Knoten suchen',
    relay:
      'client: über einen Vermittler erreichbar (in --listen als ADRESSE/p2p-circuit genannt); server: auch für andere vermitteln (sonst off)',
    apiPort: 'Port der lokalen Schnittstelle (sonst: irgendein freier)',
    passphraseFile: 'das Kennwort Ihrer Schlüssel aus dieser Datei lesen (oder MOSAIC_PASSPHRASE setzen)',
    passphraseQuestion: 'Das Kennwort Ihrer Schlüssel:',
    ready: (name) => `${name}: Der Knoten läuft.`,
    merchant: 'Händler',
    addresses: 'Adressen',
    api: 'Lokale Schnittstelle',
    folder: 'Datenordner',
    next: 'Lassen Sie das laufen und machen Sie in einem anderen Terminal weiter. Strg-C hält den Knoten an.',
    stopping: 'Hält an …',
    stopped: 'Der Knoten ist angehalten.',
  },
  status: {
    summary: 'wie es dem Knoten geht, und was Sie braucht',
    examples: ['mosaic status', 'mosaic status --json'],
    name: 'Name',
    merchant: 'Händler',
    running: 'Läuft seit',
    addresses: 'Adressen',
    products: 'Eigene Produkte',
    assortments: 'Sortimente',
    partners: 'Partner',
    partnersCount: (total, connected) => `${total}, ${connected} verbunden`,
    offers: 'Angebote der Partner',
    invitations: 'Einladungen',
    invitationsCount: (open, claimed) => `${open} offen, ${claimed} zu bestätigen`,
  },
  invite: {
    summary: 'einen Händler einladen, den Sie kennen; bestätigen, wer gekommen ist',
    details:
      'Macht eine Einladung für einen Händler. Schicken Sie den Link jemandem, den Sie kennen, oder lesen Sie den Code vor.\n' +
      'Sie gilt einmal. Sie sehen, wer sie benutzt hat, und bestätigen; erst dann sind Sie Partner. Freigegeben ist damit noch nichts.',
    examples: [
      'mosaic invite',
      'mosaic invite --phone',
      'mosaic invite --valid 7d --note "Bert, Messe"',
      'mosaic invite list',
      'mosaic invite confirm',
      'mosaic invite revoke ID',
    ],
    create: { summary: 'eine Einladung machen (das tut auch "mosaic invite")' },
    list: { summary: 'Ihre Einladungen und was aus ihnen wurde' },
    revoke: { summary: 'eine Einladung zurücknehmen' },
    confirm: { summary: 'Partner des Händlers werden, der eine Einladung benutzt hat' },
    decline: { summary: 'den Händler ablehnen, der eine Einladung benutzt hat' },
    phone:
      'ein Code zum Vorlesen, 1 Stunde gültig, für einen Partner im selben Netz oder mit gemeinsamen Bekannten',
    valid: 'wie lange, etwa 30m, 72h, 7d (sonst: 72h, mit --phone 1h)',
    auto: 'den ersten, der sie benutzt, bestätigen, ohne zu fragen',
    role: 'was der andere sein soll: partner, supplier oder buyer',
    note: 'eine Notiz für Sie selbst',
    noQr: 'keinen QR-Code zeichnen',
    id: 'die Kennung, die "mosaic invite list" zeigt',
    idOptional: 'die Kennung; nicht nötig, wenn nur eine zu bestätigen ist',
    yes: 'nicht noch einmal fragen',
    linkMade: (until) =>
      `Eine Einladung für einen Händler, gültig bis ${until}. Schicken Sie ihm diesen Link:`,
    phoneMade: (until) =>
      `Eine Einladung für einen Händler, gültig bis ${until}. Lesen Sie ihm diesen Code vor:`,
    phoneLonely:
      'Achtung: Ihr Knoten sieht zurzeit weder Knoten im lokalen Netz noch andere, die ihn finden helfen. So kann der Code nicht gehen; nehmen Sie einen Link.',
    nextConfirm:
      'Der andere gibt ein: mosaic join und das Obige. Danach bestätigen Sie: mosaic invite confirm',
    nextAuto:
      'Der andere gibt ein: mosaic join und das Obige. Der erste, der es tut, ist gleich Ihr Partner.',
    none: 'Es gibt keine Einladungen. Machen Sie eine: mosaic invite',
    nobody: 'Niemand hat eine Einladung benutzt, der zu bestätigen wäre.',
    which: 'Wen wollen Sie bestätigen?',
    confirmQuestion: (name, merchant) => `${name} (${merchant}) hat Ihre Einladung benutzt. Partner werden?`,
    notConfirmed: 'Nicht bestätigt. Um endgültig abzulehnen: mosaic invite decline ID',
    confirmed: (name) =>
      `${name} ist jetzt Ihr Partner. Weiter mit: mosaic assortments create ID, dann mosaic assortments release ID "${name}"`,
    declined: 'Abgelehnt. Der andere erfährt es.',
    revoked: 'Die Einladung ist zurückgenommen; niemand kann sie mehr benutzen.',
    columns: {
      id: 'KENNUNG',
      form: 'FORM',
      state: 'STAND',
      who: 'BENUTZT VON',
      until: 'GÜLTIG BIS',
      note: 'NOTIZ',
    },
    forms: { link: 'Link', phone: 'Telefon' },
    states: {
      open: 'offen',
      claimed: 'zu bestätigen',
      confirmed: 'bestätigt',
      declined: 'abgelehnt',
      revoked: 'zurückgenommen',
      expired: 'abgelaufen',
    },
  },
  join: {
    summary: 'eine Einladung annehmen: einen Link oder einen Telefoncode',
    details:
      'Meldet sich beim Einladenden und zeigt ihm, wer Sie sind. Sie sind Partner, sobald er bestätigt; Ihr Knoten erfährt\n' +
      'es von selbst, dieser Befehl muss nicht darauf warten.',
    examples: [
      "mosaic join 'mosaic:join#minv1…'",
      'mosaic join m1ab cdef ghjk mnpq rstu vwxy',
      'mosaic join LINK --wait 10m',
    ],
    code: 'der Link oder der Code, den Sie bekommen haben',
    wait: 'so lange auf die Bestätigung warten, etwa 10m (sonst: nicht warten)',
    question: 'Der Link oder Code der Einladung:',
    looking: 'Sucht den Einladenden',
    steps: {
      searching: 'Sucht den Einladenden …',
      connecting: 'Verbindet …',
      waiting: 'Wartet auf die Bestätigung …',
    },
    done: (name) => `Sie und ${name} sind jetzt Partner. Was Ihnen freigegeben wird, zeigt: mosaic offers`,
    waiting: (name) =>
      `${name} sieht jetzt Ihren Namen und muss bestätigen. Ihr Knoten erfährt es von selbst; nachsehen mit: mosaic partners`,
  },
  partners: {
    summary: 'die Händler, mit denen Sie zu tun haben',
    examples: [
      'mosaic partners',
      'mosaic partners show Bert',
      'mosaic partners pause Bert',
      'mosaic partners end Bert',
    ],
    list: { summary: 'alle Partner (das tut auch "mosaic partners")' },
    show: { summary: 'ein Partner: Stand, Verbindung, Freigaben in beide Richtungen' },
    pause: { summary: 'nichts fließt, bis Sie fortsetzen; beide Seiten sehen es' },
    resume: { summary: 'eine Pause beenden, die Sie gemacht haben' },
    end: { summary: 'die Partnerschaft endgültig beenden: Alle Freigaben enden mit ihr' },
    partner: 'Name, Händlerkennung oder deren Anfang',
    keyLog: 'außerdem die Schlüsselereignisse in diese neue Datei schreiben',
    yes: 'nicht noch einmal fragen',
    none: 'Noch keine Partner. Laden Sie einen ein: mosaic invite. Oder nehmen Sie eine Einladung an: mosaic join LINK',
    columns: {
      name: 'NAME',
      state: 'STAND',
      connected: 'VERBUNDEN',
      given: 'FREIGEGEBEN',
      received: 'ERHALTEN',
      merchant: 'HÄNDLER',
    },
    states: { invited: 'wartet auf Bestätigung', partner: 'Partner', paused: 'Pause', ended: 'beendet' },
    connectedYes: 'ja',
    connectedNo: 'nein',
    since: 'Seit',
    invitedBy: 'Eingeladen von',
    who: { me: 'Ihnen', them: 'dort' },
    lastSeen: 'Zuletzt gesehen',
    addresses: 'Adressen',
    grant: (assortment, until) => `${assortment} (bis ${until}, verlängert sich von selbst)`,
    endQuestion: (name) =>
      `Die Partnerschaft mit ${name} beenden? Neu beginnt sie nur mit einer neuen Einladung.`,
    changed: {
      pause: (name) => `Pause: Zwischen Ihnen und ${name} fließt nichts, bis Sie fortsetzen.`,
      resume: (name) => `Zwischen Ihnen und ${name} geht es weiter.`,
      end: (name) => `Die Partnerschaft mit ${name} ist beendet. Von Ihnen geht nichts mehr dorthin.`,
    },
  },
  catalog: {
    summary: 'Ihre eigenen Produkte: importieren, ansehen',
    examples: [
      'mosaic catalog import produkte.csv',
      'mosaic catalog import produkte.csv --dry-run',
      'mosaic catalog import feed.xml --watch',
      'mosaic catalog list --text bohrer',
      'mosaic catalog show ART-1',
    ],
    import: {
      summary: 'Produkte aus einer Datei Ihres Shops übernehmen',
      details:
        'Erkennt die CSV-Exporte von WooCommerce, Shopify und Magento, Google-Merchant-Feeds (XML, TSV) und BMEcat 1.2 und\n' +
        '2005. Bei anderen CSV-Dateien sagen Sie einmal mit --map, was in welcher Spalte steht; das wird für diese Kopfzeile\n' +
        'gemerkt. Ein neuer Import ändert nur, was verschieden ist, auch bei Ihren Partnern. Was die Datei nicht mehr hat, geht.',
      examples: [
        'mosaic catalog import produkte.csv --dry-run',
        'mosaic catalog import produkte.csv --currency EUR --language de --vat 1900',
        'mosaic catalog import liste.csv --map sku=Artikelnummer --map title=Bezeichnung --map price="VK netto"',
        'mosaic catalog import feed.xml --watch',
      ],
    },
    list: { summary: 'Ihre Produkte, wie sie sind' },
    show: { summary: 'ein Produkt' },
    file: 'die Datei',
    dryRun: 'die Datei nur ansehen: braucht keinen Knoten, ändert nichts',
    currency: 'Währung der Preise ohne eigene, etwa EUR',
    language: 'Sprache der Texte ohne eigene, etwa de',
    vat: 'Mehrwertsteuersatz der Produkte ohne eigenen, in Basispunkten (1900 sind 19 %)',
    vatClass: 'Mehrwertsteuersatz einer Steuerklasse des Shops, etwa reduced-rate=700',
    prices: 'ob die Preise in der Datei brutto (gross) oder netto (net) sind',
    decimals: 'ob Punkt (dot) oder Komma (comma) vor den Nachkommastellen steht, wo die Datei es offen lässt',
    map: 'für andere CSV-Dateien: FELD=SPALTE',
    encoding: 'Kodierung der Datei, etwa windows-1252 (sonst: erkannt)',
    delimiter: 'Zeichen zwischen den Zellen: , ; tab oder | (sonst: erkannt)',
    imageBase: 'wo Bilder mit unvollständigen Namen liegen, etwa https://shop.example.com/media/',
    weightUnit: 'Einheit der Gewichte ohne eigene: g, kg, lb oder oz',
    territory: 'welches Landes Preise in einer BMEcat-Datei zählen, etwa DE',
    keepMissing: 'Produkte behalten, die die Datei nicht hat',
    removeMissing: 'Produkte entfernen, die die Datei nicht hat, auch wenn es mehr als die Hälfte ist',
    watch: 'dableiben und bei jeder Änderung der Datei neu importieren; Strg-C beendet es',
    detach: 'mit --watch: den Knoten allein der Datei folgen lassen und zurückkehren',
    unwatch: { summary: 'den Knoten einer Datei nicht mehr folgen lassen' },
    reading: (rows) => `${rows} Zeilen gelesen …`,
    recognised: (file, format) => `${file}: ${format}`,
    would: 'Nichts wurde geändert: Das war ein Probelauf.',
    counts: (rows, taken, ignored, refused) =>
      `${rows} Zeilen: ${taken} übernommen, ${ignored} ohne eigenes Produkt, ${refused} abgelehnt.`,
    products: (products, variants) => `${products} Produkte, ${variants} verkäufliche Varianten.`,
    changes: (added, changed, removed, same) =>
      `${added} neu, ${changed} geändert, ${removed} entfernt, ${same} wie zuvor.`,
    kept: (count) =>
      `${count} Produkte stehen nicht in dieser Datei, mehr als die Hälfte Ihres Katalogs: Sie wurden behalten. Um sie zu entfernen, importieren Sie noch einmal mit --remove-missing.`,
    refusedHead: { line: 'ZEILE', sku: 'ARTIKEL', reason: 'WARUM ABGELEHNT' },
    refusedMore: (count) => `… und ${count} weitere`,
    watching: (file) => `Folgt ${file}. Strg-C beendet es.`,
    followed: (file) => `Der Knoten folgt von jetzt an ${file}. Beenden mit: mosaic catalog unwatch ${file}`,
    unfollowed: (file) => `Der Knoten folgt ${file} nicht mehr.`,
    none: 'Noch keine Produkte. Importieren Sie eine Datei: mosaic catalog import DATEI',
    noneFound: 'Kein Produkt passt.',
    columns: { sku: 'ARTIKEL', title: 'TITEL', price: 'NETTOPREIS', stock: 'BESTAND', gtin: 'GTIN' },
    text: 'Wörter in Titel, Artikelnummer oder GTIN',
    limit: 'höchstens so viele (sonst 50)',
    after: 'nach dieser Artikelnummer weiter',
    sku: 'die Artikelnummer',
    shown: (shown, total) => `${shown} von ${total} Produkten.`,
    mapQuestion: (field) => `In welcher Spalte steht ${field}?`,
    mapNone: '(in keiner)',
    mapFields: {
      sku: 'die Artikelnummer (SKU)',
      title: 'der Titel',
      price: 'der Nettopreis',
      stock: 'der Bestand',
      gtin: 'die GTIN (EAN)',
      brand: 'die Marke',
      categoryPath: 'die Kategorie',
    },
  },
  definition: {
    title: 'ein Titel für Sie und die Partner',
    category: 'nur diese Kategorien: Nummern der Google-Taxonomie oder eigene Pfade ("Garten > Werkzeug")',
    brand: 'nur diese Marken',
    tag: 'nur diese Schlagwörter',
    sku: 'nur diese Artikelnummern',
    gtin: 'nur diese GTINs',
    priceFrom: 'nur ab diesem Nettopreis',
    priceTo: 'nur bis zu diesem Nettopreis',
    withoutCategory: 'diese Kategorien auslassen',
    withoutBrand: 'diese Marken auslassen',
    withoutTag: 'diese Schlagwörter auslassen',
    withoutSku: 'diese Artikelnummern auslassen',
    rule: 'die ganze Auswahl als JSON-Datei: {"include":[…],"exclude":[…]}',
    discount: 'Ihr Nettopreis weniger so viel, etwa 15%',
    markup: 'Ihr Nettopreis und so viel dazu',
    margin: 'so, dass dieser Teil des neuen Preises Marge ist',
    fixedPrice: 'ein Nettopreis für alles',
    priceList: 'Nettopreise aus einer Datei mit Zeilen "ARTIKEL;Preis"',
    roundTo: 'Preise auf ein Vielfaches so vieler kleinster Einheiten runden, etwa 5 Cent',
    currency: 'Währung der Beträge (sonst EUR)',
    safetyStock: 'so viele zurückbehalten',
    stockShare: 'nur diesen Teil des Bestands zeigen, etwa 50%',
    stockMax: 'nie mehr als so viele zeigen',
    licenceTexts: 'dürfen Partner Ihre Texte benutzen: none, as-is, adapt (sonst as-is)',
    licenceImages: 'dürfen Partner Ihre Bilder benutzen: none, as-is, adapt (sonst as-is)',
    channels: 'wo Partner anbieten dürfen: shop, store, marketplace, comparison, social (sonst shop, store)',
    neutralDelivery: 'Sie liefern ohne Ihren Namen auf dem Paket',
  },
  assortments: {
    summary: 'gewählte Teile Ihres Katalogs zu gewählten Bedingungen, für gewählte Partner',
    examples: [
      'mosaic assortments preview --category "Garten" --discount 15%',
      'mosaic assortments create garten --category "Garten" --discount 15% --safety-stock 2',
      'mosaic assortments release garten "Bert"',
      'mosaic assortments revoke garten "Bert"',
      'mosaic assortments create public --tag restposten',
    ],
    list: { summary: 'Ihre Sortimente (das tut auch "mosaic assortments")' },
    create: {
      summary: 'ein Sortiment festlegen; niemand sieht es, bevor Sie es freigeben',
      details:
        'Ohne Auswahl enthält es den ganzen Katalog. Von da an folgt es dem Katalog von selbst.\n' +
        'Die Kennung "public" ist besonders: Dieses Sortiment steht allen offen, ohne Freigabe.',
    },
    preview: { summary: 'was ein Sortiment zeigen würde: Zahl, Preise, was fehlt und warum' },
    release: { summary: 'einen Partner ein Sortiment lesen lassen' },
    revoke: { summary: 'einen Partner es nicht mehr lesen lassen; wirkt sofort' },
    show: { summary: 'ein Sortiment: Festlegung und wer es lesen darf' },
    delete: { summary: 'ein Sortiment löschen; alle Freigaben enden' },
    id: 'kurzer Name des Sortiments: a–z, 0–9 und "-"',
    idOrFlags: 'ein Sortiment, das Sie haben; oder legen Sie mit den Optionen eines fest',
    partner: 'Name, Händlerkennung oder deren Anfang',
    to: 'es diesen Partnern gleich freigeben',
    replace: 'ein Sortiment ändern, das es schon gibt',
    yes: 'nicht noch einmal fragen',
    none: 'Noch keine Sortimente. Sehen Sie nach, was eines enthielte: mosaic assortments preview --discount 15%',
    columns: { id: 'KENNUNG', title: 'TITEL', offers: 'ANGEBOTE', partners: 'FREIGEGEBEN FÜR' },
    everybody: 'alle',
    created: (id, count) => `Das Sortiment ${id} enthält ${count} Angebote und folgt Ihrem Katalog.`,
    nextRelease: (id) => `Noch sieht es niemand. Geben Sie es frei: mosaic assortments release ${id} PARTNER`,
    releasedTo: (names) => `Freigegeben für ${names}.`,
    released: (id, name, until) =>
      `${name} darf ${id} jetzt lesen. Die Freigabe gilt bis ${until} und verlängert sich von selbst.`,
    later: (name) => `${name} ist gerade nicht verbunden und bekommt es beim nächsten Kontakt.`,
    revoked: (id, name) => `${name} kann ${id} nicht mehr lesen.`,
    deleteQuestion: (id) => `Das Sortiment ${id} löschen? Alle Freigaben enden.`,
    deleted: (id) => `Das Sortiment ${id} ist gelöscht.`,
    rule: 'Auswahl',
    priceRule: 'Preis',
    stockRule: 'Bestand',
    terms: 'Bedingungen',
    until: (name, until) => `${name} (bis ${until})`,
    previewCount: (included, all) => `${included} von ${all} Produkten wären darin.`,
    previewStock: (out, unknown) => `Ausverkauft: ${out}. Bestand unbekannt: ${unknown}.`,
    skusMissing: (skus) => `Genannt, aber nicht in Ihrem Katalog: ${skus}`,
    ownPrice: 'IHR PREIS',
    shownPrice: 'GEZEIGT',
    exclusions: {
      'not-included': 'nicht ausgewählt',
      excluded: 'von der Auswahl ausgeschlossen',
      'not-in-price-list': 'nicht in der Preisliste',
      'price-zero': 'der Preis würde auf null gerundet',
      'price-too-large': 'der Preis würde zu groß',
    },
  },
  offers: {
    summary: 'was Ihre Partner Ihnen freigegeben haben',
    examples: [
      'mosaic offers',
      'mosaic offers search akku bohrer --in-stock',
      'mosaic offers --gtin 9520000000014',
      'mosaic offers --partner Anna --price-to 49,90',
      'mosaic offers show Anna ART-1 --proof',
    ],
    list: { summary: 'alle Angebote, oder die passenden (das tut auch "mosaic offers")' },
    search: { summary: 'Angebote nach Wörtern suchen' },
    show: { summary: 'ein Angebot, und der Beweis, dass der Partner es unterschrieben hat' },
    text: 'Wörter; jedes muss vorkommen, ganz oder als Anfang',
    gtin: 'diese GTIN, in jeder Länge',
    category: 'Nummer der Google-Taxonomie oder Anfang eines Pfads ("Garten")',
    priceFrom: 'Nettopreis eines Stücks, ab',
    priceTo: 'Nettopreis eines Stücks, bis',
    currency: 'nur diese Währung (für Preise sonst: EUR)',
    partner: 'nur diese Partner',
    inStock: 'nur was vorrätig ist',
    limit: 'höchstens so viele, bis 200 (sonst 50)',
    after: 'weiter, wo die vorige Antwort endete',
    partnerArgument: 'Name, Händlerkennung oder deren Anfang',
    sku: 'die Artikelnummer des Partners',
    assortment: 'in welchem Sortiment, wenn es in mehreren ist',
    proof: 'beweisen: unterschriebener Stand und Merkle-Pfad; mit DATEI dorthin geschrieben',
    noneAtAll: 'Noch keine Angebote. Sie kommen, sobald ein Partner Ihnen ein Sortiment freigibt.',
    noneFound: 'Kein Angebot passt.',
    columns: { partner: 'PARTNER', sku: 'ARTIKEL', title: 'TITEL', price: 'NETTOPREIS', stock: 'BESTAND' },
    stockUnknown: 'unbekannt',
    shown: (shown, total) => `${shown} von ${total} Angeboten.`,
    more: (next) => `Weiter mit: --after ${next}`,
    behind: (repos) => `Die Suche nimmt noch ${repos} Sortiment(e) auf.`,
    proven: (rev, at, key) =>
      `Bewiesen: Es steht im Stand ${rev} vom ${at}, unterschrieben mit dem Schlüssel ${key}; eben gegen die Schlüsselereignisse geprüft.`,
  },
  offer: {
    title: 'Titel',
    partner: 'Partner',
    repo: 'Sortiment',
    sku: 'Artikelnummer',
    gtin: 'GTIN',
    brand: 'Marke',
    mpn: 'Herstellernummer',
    price: 'Nettopreis',
    nextPrice: 'Angekündigt',
    from: (price, date) => `${price} ab ${date}`,
    tier: (quantity) => `ab ${quantity}`,
    recommended: 'Unverb. Preisempfehlung',
    vat: 'Mehrwertsteuer',
    stock: 'Bestand',
    deliveryDays: 'Liefertage',
    minQuantity: 'Mindestmenge',
    packSize: 'Verpackungseinheit',
    category: 'Kategorie',
    variant: 'Variante',
    origin: 'Herkunft',
    images: 'Bilder',
    description: 'Beschreibung',
  },
  identity: {
    summary: 'Ihre Identität: zeigen, Schlüssel wechseln, nach Diebstahl zurückholen',
    examples: [
      'mosaic identity',
      'mosaic identity rotate --words-file woerter.txt',
      'mosaic identity recover --words-file woerter.txt',
    ],
    show: { summary: 'wer Sie sind (das tut auch "mosaic identity")' },
    rotate: {
      summary: 'den Schlüssel wechseln, mit dem Sie unterschreiben; Partner folgen von selbst',
      details:
        'Braucht die Wiederherstellungswörter. Sie gehen nur an Ihren eigenen Knoten, der sie einmal benutzt und vergisst.',
    },
    recover: {
      summary: 'nach Diebstahl oder Verlust: Schlüssel wechseln und den alten für gestohlen erklären',
      details:
        'Wie rotate, sagt aber, dass der alte Schlüssel in fremder Hand ist: Was er nach den letzten guten Ständen\n' +
        'unterschrieben hat, gilt nicht, welches Datum es auch trägt. Ohne --last-good sind die Stände die letzten guten,\n' +
        'die dieser Knoten jetzt hat. Auch der Schlüssel des Knotens und der zum Versiegeln sind dann neu: Der Dieb kann sie\n' +
        'haben. Für eine verlorene Platte ist da: mosaic restore',
    },
    reason: 'scheduled (planmäßig), retired (stillgelegt) oder compromised (gestohlen); sonst: scheduled',
    lastGood: 'der letzte gute Stand eines Verzeichnisses, etwa trust@12',
    repair: 'von einem doppelt unterschriebenen Verzeichnis: der Stand, der gilt, etwa public@7',
    wordsFile: 'die Wiederherstellungswörter aus dieser Datei lesen',
    newWords: 'neue Wiederherstellungswörter machen; die jetzigen gelten danach nicht mehr',
    newWordsFile: 'neue Wiederherstellungswörter machen und in diese neue Datei schreiben (Rechte 0600)',
    wordsQuestion: 'Ihre 24 Wiederherstellungswörter:',
    newWordsNeedFile:
      'Wohin mit den neuen Wiederherstellungswörtern? Hier ist kein Terminal, das sie zeigen könnte: Geben Sie --new-words-file PFAD an.',
    key: 'Schlüssel',
    keyEvents: 'Schlüsselereignisse',
    head: 'Neuestes Ereignis',
    node: 'Knoten',
    protected: 'Schlüssel auf der Platte',
    withPassphrase: 'mit Kennwort verschlüsselt',
    withoutPassphrase: 'nur für Ihren Benutzer lesbar, ohne Kennwort',
    frozen:
      'Es gibt zwei Fassungen Ihrer Schlüsselereignisse: Die Identität ist eingefroren. Partner reden nicht mit ihr, bis das geklärt ist.',
    reasons: {
      scheduled: 'planmäßig',
      retired: 'der alte ist stillgelegt',
      compromised: 'der alte ist für gestohlen erklärt',
    },
    rotated: (reason, events) =>
      `Der Schlüssel ist gewechselt (${reason}); es sind jetzt ${events} Schlüsselereignisse. Partner folgen von selbst.`,
  },
  repo: {
    summary: 'die unterschriebenen Verzeichnisse hinter allem: Ihre und die Ihrer Partner',
    examples: [
      'mosaic repo',
      'mosaic repo log assortment/garten',
      'mosaic repo verify',
      'mosaic repo log trust --of Bert',
    ],
    list: { summary: 'alle Verzeichnisse, die dieser Knoten hat' },
    log: { summary: 'die unterschriebenen Stände eines Verzeichnisses, neueste zuerst' },
    verify: { summary: 'alles aus den Einträgen neu berechnen und mit dem Unterschriebenen vergleichen' },
    repo: 'trust, public oder assortment/KENNUNG',
    repoOptional: 'trust, public oder assortment/KENNUNG (sonst: alle, die dieser Knoten hat)',
    of: 'wessen (sonst: Ihres)',
    limit: 'höchstens so viele (sonst 20)',
    mine: '(Sie)',
    columns: {
      merchant: 'HÄNDLER',
      repo: 'VERZEICHNIS',
      rev: 'STAND',
      records: 'EINTRÄGE',
      at: 'UNTERSCHRIEBEN',
      root: 'WURZEL',
      commit: 'COMMIT',
    },
    good: (name, repo, rev, records, root) =>
      `gut       ${name} ${repo}: Stand ${rev}, ${records} Einträge, Wurzel ${root}`,
    bad: (name, repo, problems) => `SCHLECHT  ${name} ${repo}: ${problems}`,
  },
  backup: {
    summary: 'alles, was der Knoten hat, in eine Datei schreiben, während er läuft',
    details:
      'Die Datei enthält Ihre Schlüssel: Bewahren Sie sie so sicher auf wie den Datenordner. Die Wiederherstellungswörter\n' +
      'sind nicht darin. Schlüssel ohne Kennwort haben auch in der Datei keines.',
    examples: ['mosaic backup mosaic-2026-11-21.backup'],
    file: 'die neue Datei',
    replace: 'eine Datei überschreiben, die es schon gibt',
    progress: (size) => `${size} …`,
    done: (file, size) => `${file}: ${size}. Sie enthält Ihre Schlüssel; bewahren Sie sie sicher auf.`,
  },
  restore: {
    summary: 'aus einer Sicherung einen Datenordner machen',
    details:
      'In einen leeren Datenordner. Halten Sie den alten Knoten endgültig an, bevor Sie den neuen starten. Der neue fragt\n' +
      'zuerst jeden Partner, was er von Ihnen gesehen hat, und unterschreibt nichts, bevor alle geantwortet haben;\n' +
      '--confirm macht ohne die weiter, die es nicht tun. Offene Einladungen werden geschlossen.',
    examples: ['mosaic restore mosaic-2026-11-21.backup --data ./neu', 'mosaic restore --confirm'],
    file: 'die Sicherung',
    confirm: 'ohne die Partner weitermachen, die nicht geantwortet haben (fragt den laufenden Knoten)',
    question: 'Welche Sicherung?',
    progress: (size) => `${size} …`,
    done: (name, folder) => `${name} ist in ${folder} wiederhergestellt.`,
    next: 'Weiter mit: mosaic start. Er schreibt wieder, sobald jeder Partner geantwortet hat, oder nach mosaic restore --confirm.',
    confirmed: 'Der Knoten schreibt wieder.',
  },
  check: {
    summary: 'ist alles, was der Knoten hat, heil und wahr?',
    details: 'Fragt den laufenden Knoten; läuft er nicht, wird der Datenordner selbst geprüft.',
    examples: ['mosaic check', 'mosaic check --data ./anna --json'],
    progress: (what) => `${what} …`,
    counts: (repos, records) => `${repos} Verzeichnisse, ${records} Einträge.`,
    good: 'Alles ist in Ordnung.',
    bad: 'Spielen Sie eine Sicherung zurück, oder fragen Sie mit dieser Liste um Hilfe.',
  },
  trust: {
    summary: 'wie viel Sie mit wem wagen können',
    examples: ['mosaic trust evaluate --graph graph.json --viewer Anna --budget 100000'],
    evaluate: {
      summary: 'Grenzen auf einer einfachen Graphdatei berechnen, ohne Knoten',
      details:
        'Für Forschung und andere Implementierungen. Was in der Datei steht und wie die Zahlen bestimmt sind, sagt\n' +
        'protocol/trust.md, Abschnitt 11. Beträge sind in der kleinsten Einheit: 100000 sind 1000,00 EUR.',
      examples: [
        'mosaic trust evaluate --graph graph.json --viewer Anna --budget 100000',
        'mosaic trust evaluate --graph graph.json --viewer Anna --target Bert --uncapped --json',
      ],
    },
    graph: 'die Datei: {"endorsements":[…],"disputes":[…]}',
    viewer: 'aus wessen Sicht',
    target: 'für wen (sonst: für alle, die erreichbar sind)',
    context: 'delivery, quality, payment oder advice (sonst: gleich welcher)',
    at: 'zu dieser Zeit, etwa 2026-11-21T10:00:00Z (sonst: jetzt)',
    currency: 'in dieser Währung; sie gilt auch für Beträge, die keine nennen',
    budget:
      'das Risikobudget in der kleinsten Einheit: begrenzt, wofür Sie selbst bürgen und was über andere läuft',
    uncapped: 'kein Budget: einfacher maximaler Fluss über alle, die eingeführt sind',
    budgetMissing:
      'Sagen Sie, wie viel überhaupt gewagt werden darf: --budget mit einem Betrag in der kleinsten Einheit, oder --uncapped.',
    viewerUnknown: (name) => `Die Datei nennt ${name} nicht: Niemand ist erreichbar.`,
    withoutRate: (currencies) => `Beträge in ${currencies} zählen nichts: Es gibt keinen Kurs dafür.`,
    nobody: 'Niemand ist erreichbar.',
    you: 'Sie',
    columns: {
      merchant: 'HÄNDLER',
      limit: 'GRENZE',
      disputed: 'BESTRITTEN',
      effective: 'WIRKSAM',
      rank: 'RANG',
    },
  },
  audit: {
    summary: 'Dateien für Prüfer: wer für wen bürgt, und bis zu welchem Betrag',
    examples: ['mosaic audit verify bundle.json'],
    verify: {
      summary: 'eine Datei prüfen, die ein Händler für Sie erstellt hat',
      details:
        'Rechnet alles nach: Unterschriften, Schlüssel, Beweise, den Fluss des Vertrauens und die Grenze. Braucht weder Knoten\n' +
        'noch Netz noch Datenordner. Rückgabewert 0: Sie stimmt; 1: Sie stimmt nicht.',
      examples: ['mosaic audit verify bundle.json', 'mosaic audit verify bundle.json --json'],
    },
    file: 'die Prüfdatei',
    holds: 'Die Datei stimmt: Jede Unterschrift, jeder Beweis und jede Zahl darin wurde nachgerechnet.',
    fails: 'Die Datei stimmt NICHT.',
    exported: (name, time) => `Erstellt von ${name}, nach eigener Angabe am ${time}.`,
    limit: (viewer, subject, money, purpose, time) =>
      `${viewer} kann bis zu ${money} mit ${subject} wagen (Zweck: ${purpose}; ${time}), und zwar über:`,
    vouches: (author, subject, money, since, until) =>
      `${author} bürgt für ${subject} bis ${money}, vom ${since} bis zum ${until}.`,
    absent: (merchant, key, time) =>
      `${merchant} hat nichts unter „${key}“ veröffentlicht, nach dem gezeigten Stand für den ${time}.`,
    equivocation: (merchant, repo, rev) =>
      `${merchant} hat zwei verschiedene Stände mit der Nummer ${rev} von ${repo} unterschrieben.`,
    notes: {
      stale: (name, days) => `! Der Stand von ${name} war ${days} Tage alt.`,
      private: (name) =>
        `Dass der Ersteller für ${name} bürgt, war nicht veröffentlicht: Niemand hat es vorher gesehen.`,
      deal: (buyer, seller, month) =>
        `${buyer} hat bei ${seller} gekauft, von beiden unterschrieben: ${month}.`,
      dealContested: (buyer, seller) =>
        `! Ein Schlüssel im Geschäft von ${buyer} mit ${seller} wurde später als gestohlen gemeldet.`,
      equivocationContested: (name) =>
        `! Einer der beiden Schlüssel wurde später als gestohlen gemeldet: Es kann der Dieb gewesen sein, nicht ${name}.`,
      timestamp: (time) =>
        `Sie trägt einen Zeitstempel vom ${time}. Ob Sie dessen Stelle trauen, prüft openssl ts -verify.`,
    },
    notProvedHead: 'Was sie nicht beweist:',
    notProved: [
      'dass später nichts zurückgezogen, beanstandet oder als gestohlen gemeldet wurde;',
      'dass es keine weiteren Bürgschaften oder Beanstandungen gibt, die sie weglässt;',
      'dass Ware geliefert oder Geld gezahlt wurde;',
      'wer hinter einer Händlerkennung steht: Namen geben sich Händler selbst.',
    ],
    failures: {
      'too-large': 'Sie ist zu groß.',
      encoding: 'Sie ist nicht, wie sie geschrieben wurde: Die Kodierung ist verändert.',
      'not-canonical': 'Sie ist nicht, wie sie geschrieben wurde: Der Text ist verändert.',
      'version-unknown': 'Ein neueres Mosaic hat sie geschrieben.',
      malformed: 'Ein Teil hat nicht die Form, die er haben muss.',
      'raw-signature': 'Eine Unterschrift in der Form für openssl ist nicht die ihrer Erklärung.',
      'key-log': 'Die Schlüssel eines Händlers stimmen nicht.',
      head: 'Ein Stand eines Händlers oder ein Beweis darunter stimmt nicht.',
      endorsement: 'Eine Bürgschaft stimmt nicht.',
      deal: 'Ein Geschäft stimmt nicht.',
      flow: 'Die Beträge fließen nicht, wie sie sagt.',
      limit: 'Die Grenze ist eine andere.',
      claim: 'Was sie zeigt, ist nicht, was sie behauptet.',
      missing: 'Etwas, das sie braucht, fehlt.',
      extra: 'Sie enthält etwas, das nicht hineingehört.',
      timestamp: 'Der Zeitstempel ist nicht für sie.',
      exporter: 'Die Unterschrift des Erstellers stimmt nicht.',
    },
  },
  events: {
    'partner-connected': ({ name }) => `${name} ist verbunden.`,
    'partner-disconnected': ({ name }) => `${name} ist nicht mehr verbunden.`,
    'partner-state': ({ name, state, by }) => {
      const who = by === 'me' ? 'Ihnen' : name
      return {
        invited: `${name} muss bestätigen.`,
        partner: `Sie und ${name} sind Partner.`,
        paused: `Pause, von ${who}: Zwischen Ihnen und ${name} fließt nichts.`,
        ended: `Beendet, von ${who}: die Partnerschaft mit ${name}.`,
      }[state]
    },
    'invitation-claimed': ({ name, merchant, invitation }) =>
      `${name} (${merchant}) hat Ihre Einladung benutzt. Bestätigen: mosaic invite confirm ${invitation}`,
    'invitation-claimed-twice': ({ name, merchant, invitation }) =>
      `ACHTUNG: Ein zweiter Händler, ${name} (${merchant}), kennt den Code Ihrer Einladung ${invitation}. Er wurde abgewiesen. Der Code ist in fremden Händen: Kennen Sie den, der zuerst kam?`,
    'grant-received': ({ name, assortment }) => `${name} gibt Ihnen ${assortment} frei.`,
    'grant-ended': ({ name, assortment }) =>
      `${assortment} von ${name} ist für Sie nicht mehr freigegeben; die Angebote sind weg.`,
    'offers-changed': ({ name, repo, changed }) => `${changed} Angebote von ${name} geändert (${repo}).`,
    'catalog-imported': ({ file, added, changed, removed, refused }) =>
      `${file}: ${added} neu, ${changed} geändert, ${removed} entfernt, ${refused} abgelehnt.`,
    'catalog-import-failed': ({ file, message }) => `${file} konnte nicht importiert werden: ${message}`,
    'assortment-published': ({ assortment, changed }) => `${assortment}: ${changed} Angebote veröffentlicht.`,
    'identity-rotated': ({ name, seq }) => `${name} hat einen neuen Schlüssel (Schlüsselereignis ${seq}).`,
    'identity-frozen': ({ name }) =>
      `ACHTUNG: Es gibt zwei Fassungen der Schlüsselereignisse von ${name}. Von dort wird nichts geglaubt, bis das geklärt ist.`,
    equivocation: ({ name, repo }) =>
      `ACHTUNG: ${name} hat zwei Fassungen von ${repo} unterschrieben. Der Beweis ist aufbewahrt.`,
    warning: ({ message }) => `ACHTUNG: ${message}`,
  },
}
