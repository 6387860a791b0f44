-- Mail on its way: SMTP, whose lines segments do not respect.

local talk = require "talk"

local post = {}

post["smtp.pcap"] = function ()
   local say, frames = talk.tcp { port = 40025, to = 25 }, {}
   local function add(way, data, flags)
      frames[#frames + 1] = say(way .. (flags or "PA"), { data = data })
   end
   add(">", nil, "S"); add("<", nil, "SA"); add(">", nil, "A")
   add("<", "220 mail.example.net ESMTP\r\n")
   add(">", "EHLO desk.example.org\r\n")
   add("<", "250-mail.example.net\r\n250 PIPELINING\r\n")
   add(">", "MAIL FROM:<ann@example.org>\r\nRCPT TO:<bob@exam")
   add(">", "ple.net>\r\nRCPT TO:<car")
   add(">", "ol@example.net>\r\nDATA\r\n")
   frames[#frames], frames[#frames - 1] = frames[#frames - 1], frames[#frames]
   add("<", "250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n")
   add(">", "Subject: lunch\r\n\r\nAt noon,")
   say(">PA", { data = " or one?\r\n.\r\n" })            -- nobody saw it
   add("<", "250 queued\r\n")
   add(">", "2\r\nMAIL FROM:<ann@example.org>\r\nRCPT TO:<dan@example.net>\r\nQUIT\r\n")
   add("<", "250 ok\r\n250 ok\r\n221 bye\r\n")
   add(">", nil, "FA"); add("<", nil, "FA"); add(">", nil, "A")
   return frames
end

return post
