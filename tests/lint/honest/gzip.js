const zlib = require('zlib'), crypto = require('crypto');
zlib.gzip('x'.repeat(100), (e, b) => console.log(b.length)); crypto.pbkdf2('a', 'b', 10, 8, 'sha256', (e, k) => console.log(k.length));
