"""python3 verify.py bundle.json: Merkle paths, flow and limit of a Mosaic audit bundle. Whose word it is: keys.py."""
import base64, hashlib, json, sys
digest = lambda text: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')
def canonical(value):  # RFC 8785 for integers, strings, booleans
    if isinstance(value, list): return '[' + ','.join(map(canonical, value)) + ']'
    if not isinstance(value, dict): return json.dumps(value, ensure_ascii=False)
    names = sorted(value, key=lambda name: name.encode('utf-16-be'))
    return '{' + ','.join(canonical(name) + ':' + canonical(value[name]) for name in names) + '}'
def need(holds, what): return holds or sys.exit('FAILED: ' + what)
file, shown, times, caps = json.loads(content := open(sys.argv[1], 'rb').read().decode()), {}, {}, {}
bundle, claim = file['statement'], file['statement']['claim']
need(canonical(file) + '\n' == content, 'one line of canonical JSON')
for head in bundle.get('heads', []):  # the last one of a merchant is its newest
    commit, who = head['commit']['statement'], head['commit']['statement']['merchant']
    times[who], shown[who] = commit['time'], {}
    for proof in head['proofs']:
        wanted, first, below, leaf = commit['root'], None, None, [[key, canonical(value)] for key, value in proof['leaf']]
        for level in proof['path'] + [leaf]:
            names = [key for key, _ in level] + ([below] if below else [])
            need(digest(''.join(f'{key}\t{value}\n' for key, value in level)) == wanted and first in [None, *names[:1]], f'a path of {who}')
            need(all(one < other for one, other in zip(names, names[1:])), f'the order of keys of {who}')
            at = max(0, sum(key <= proof['key'] for key, _ in level) - 1)
            if level is not leaf: (first, wanted), below = level[at], names[at + 1] if at + 1 < len(names) else None
        shown[who].update(leaf)
gone = claim['kind'] == 'absent' and claim['key'] not in shown[claim['merchant']] and proof['key'] == claim['key']
if claim['kind'] == 'absent': sys.exit(print(need(gone, 'the absence') and 'holds: ' + canonical(claim)))
if claim['kind'] == 'equivocation': sys.exit('No paths and no flow here: keys.py says whose commits these are.')
at, viewer, purpose, terms = claim['time'], claim['viewer'], claim['purpose'], claim['parameters']
for entry in bundle['endorsements']:
    said, scope, rates = entry['endorsement']['statement'], entry['endorsement']['statement'].get('scope', {}), terms.get('rates', {})
    pair = said['from'], said['to']
    if 'acceptance' in said: need(shown[pair[0]].get('endorsement/' + pair[1]) == canonical(said), f'{pair} at the newest head')
    fits = all(purpose == 'any' or many not in scope or purpose.get(one) in scope[many]
               for one, many in (('country', 'countries'), ('category', 'categories')))
    counts = fits and (purpose == 'any' or purpose['context'] in said['contexts']) and said['time'] - 600 <= at < said['expiresAt']
    fresh = pair[0] == viewer or 'acceptance' in said and at - times[pair[0]] <= 2592000
    rate = 10**9 if said['amount']['currency'] == terms['currency'] else rates.get('perBillion', {}).get(said['amount']['currency'], 0)
    most = terms['budgetMinor'] if pair[0] == viewer and terms['budgetMinor'] != 'uncapped' else 10**12
    caps[pair] = min(said['amount']['minor'] * rate // 10**9, 10**12, most) if counts and fresh else 0, said['introduce']
far, share, capped = {viewer: 0}, {}, terms['budgetMinor'] != 'uncapped'
for who in (queue := [viewer]):  # nearest first
    share[who] = 10**18 if who == viewer or not capped else terms['budgetMinor'] * [0, 4, 2, 1][far[who]] // 10 if far[who] < 4 else 0
    for (one, other), (cap, on) in sorted(caps.items()):
        if one == who and cap and on and other not in far: far[other] = queue.append(other) or far[who] + 1
net = {((one, 1), (other, 0 if on and other in far else 2)): cap for (one, other), (cap, on) in caps.items() if one in far}
net.update({((who, 0), (who, 1)): share[who] for who in far} | {((who, 0), (who, 2)): 10**18 for who in far})
def augment(node, end, most, seen):
    if node == end: return most
    for arc in [arc for arc in net if arc[0] == node and net[arc] > 0 and arc[1] not in seen]:
        sent = augment(arc[1], end, min(most, net[arc]), seen.add(arc[1]) or seen) if arc[1] not in seen else 0
        net[arc], net[arc[::-1]] = net[arc] - sent, net.get(arc[::-1], 0) + sent
        if sent: return sent
    return 0
limit = sum(iter(lambda: augment((viewer, 1), (claim['subject'], 2), 10**18, {(viewer, 1)}), 0))
ways = [([viewer, *path['via'], claim['subject']], path['amountMinor']) for path in bundle['paths']]
used = [(key, minor) for stops, minor in ways for key in [*zip(stops, stops[1:]), *stops[1:-1]]]
for key in {key for key, _ in used}:
    need(sum(minor for one, minor in used if one == key) <= (caps.get(key, [0])[0] if isinstance(key, tuple) else share.get(key, 0)), f'the flow at {key}')
need(limit == claim['limitMinor'] == sum(minor for _, minor in ways), f'the limit, which is {limit}')
print('holds:', canonical(claim))
