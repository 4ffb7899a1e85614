<?php file_put_contents('x', 'hi'); echo file_get_contents('x'), "\n"; $f = fopen('y', 'w'); if (!$f) exit(1); fclose($f);
