"""python3 keys.py bundle.json: that what openssl verified are the statements of a Mosaic audit bundle, by their authors' keys."""
import base64, hashlib, json, sys
sha = lambda text: hashlib.sha256(text if isinstance(text, bytes) else text.encode()).digest()
digest = lambda text: base64.urlsafe_b64encode(sha(text)).decode().rstrip('=')
without = lambda value, *names: canonical({name: value[name] for name in value if name not in names})
decode = lambda letters, text: sum(letters.index(c) * len(letters) ** n for n, c in enumerate(reversed(text)))
base58 = lambda text, size: decode('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', text[1:]).to_bytes(size, 'big')
def canonical(value):  # RFC 8785 for integers, strings, booleans
    if isinstance(value, list): return '[' + ','.join(map(canonical, value)) + ']'
    if not isinstance(value, dict): return json.dumps(value, ensure_ascii=False)
    names = sorted(value, key=lambda name: name.encode('utf-16-be'))
    return '{' + ','.join(canonical(name) + ':' + canonical(value[name]) for name in names) + '}'
def need(holds, what): return holds or sys.exit('FAILED: ' + what)
def check(raw, said, key=None):  # what openssl verified is this statement, and the key is its merchant's
    proof, who = said['proof'], said.get('from') or said['merchant']
    named, spki = proof['verificationMethod'].split('#')[1], bytes.fromhex('302a300506032b6570032100')
    pem = base64.b64encode(spki + base58(named, 34)[2:]).decode()
    forms = {'key': f'-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n'.encode(), 'signature': base58(proof['proofValue'], 64),
             'message': sha(without(proof, 'proofValue')) + sha(without(said, 'proof'))}
    for name, form in forms.items(): need(raw[name] == base64.b64encode(form).decode(), f'{name} of a {said["type"]} of {who}')
    return need(named == (key or keys.get((who, said.get('keyEvent')))), f'the signer of a {said["type"]} of {who}')
def signed(value):  # every statement with its raw form, but for the key events
    if isinstance(value, list): return [found for one in value for found in signed(one)]
    if not isinstance(value, dict): return []
    accepted = [(value['acceptance'], value['endorsement']['statement']['acceptance'])] if 'acceptance' in value and 'endorsement' in value else []
    return accepted + ([(value, value['statement'])] if 'statement' in value else [found for one in value.values() for found in signed(one)])
file, keys = json.load(open(sys.argv[1], encoding='utf-8')), {}
bundle = file['statement']
for raw, before in ((raw, log[at - 1]['statement'] if at else None) for log in bundle['keyLogs'] for at, raw in enumerate(log)):
    event, who = raw['statement'], raw['statement']['merchant']
    if before: need(event['prev'] == digest(canonical(before)) and digest(base58(event['eventKey'], 34)[2:]) == before['next'], f'a rotation of {who}')
    else: need((decode('qpzry9x8gf2tvdw0s3jn54khce6mua7l', who[4:56]) >> 4).to_bytes(32, 'big') == sha(without(event, 'merchant', 'proof')), who)
    keys[who, digest(canonical(event))] = check(raw, event, event['eventKey']) and event['key']
check(file, bundle)
shown = [(file, bundle)] + signed({name: value for name, value in bundle.items() if name != 'keyLogs'})
for raw, said in shown: check(raw, said)
print(f'holds: {len(shown)} statements and {len(keys)} key events are signed by the keys of the merchants they name')
