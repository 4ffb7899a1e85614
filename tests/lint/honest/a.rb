t = Thread.new { puts 1 }; t.join
File.open("x", "w") { |f| f.puts "hi" }
puts File.read("x")
