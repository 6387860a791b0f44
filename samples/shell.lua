-- A connection of SSH until its keys change, and one that was heard from the middle on.

local frame = require "frame"
local talk  = require "talk"

local u8, u32 = frame.u8, frame.u32

local shell = {}

-- A packet: padded to a multiple of eight bytes.
local function packet(payload)
   local padding = 8 - (#payload + 5) % 8
   if padding < 4 then padding = padding + 8 end
   return u32(#payload + padding + 1) .. u8(padding) .. payload .. ("\0"):rep(padding)
end

local function list(t) return u32(#t) .. t end

local function kexinit(kex, keys, to, back, macs, compression)
   local parts = { kex, keys, to, back, macs, macs, compression, compression, "", "" }
   for i, text in ipairs(parts) do parts[i] = list(text) end
   return packet(u8(20) .. ("\1"):rep(16) .. table.concat(parts) .. u8(0) .. u32(0))
end

local CLIENT = kexinit("curve25519-sha256,ecdh-sha2-nistp256", "ssh-ed25519,rsa-sha2-512",
   "aes128-ctr,aes256-ctr", "aes256-ctr", "hmac-sha2-256", "none,zlib@openssh.com")
local SERVER = kexinit("ecdh-sha2-nistp256,curve25519-sha256", "rsa-sha2-512",
   "aes256-ctr", "aes256-ctr,aes128-ctr", "hmac-sha2-512,hmac-sha2-256", "none")

shell["ssh.pcap"] = function ()
   local say = talk.tcp { port = 40022, to = 22 }
   local frames = {
      say ">S", say "<SA", say ">A",
      say(">PA", { data = "SSH-2.0-SampleShell_1.0 for tests\r\n" }),
      say("<PA", { data = "welcome\r\nSSH-2.0-SampleServer_2" }), say("<PA", { data = "\r\n" }),
   }
   for at = 1, #CLIENT, 100 do
      frames[#frames + 1] = say(">A", { data = CLIENT:sub(at, at + 99) })
   end
   local late = say("<A", { data = SERVER:sub(1, 150) })
   frames[#frames + 1] = say("<PA", { data = SERVER:sub(151) })          -- out of order
   frames[#frames + 1] = late
   frames[#frames + 1] = say(">PA", { data = packet(u8(30) .. list(("\2"):rep(32))) })
   frames[#frames + 1] = say("<PA", { data = packet(u8(31) .. list(("\3"):rep(32))) })
   frames[#frames + 1] = say ">RA"
   -- no handshake, and nothing but the server's banner
   local half = talk.tcp { port = 40023, to = 22 }
   frames[#frames + 1] = half("<PA", { data = "SSH-1.99-Old\n" })
   return frames
end

return shell
