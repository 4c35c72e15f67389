<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutPage</name>
    <message>
        <source>About Stile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unknown while the helper is not running.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile {version}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What this system gives</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>limited</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A per-application firewall for the Linux desktop that lets the kernel decide. A stile is the step in a fence that lets people through and keeps cattle in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later. It comes without any warranty.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A question that has just appeared takes no key for a moment.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Display</name>
    <message>
        <source>no display: neither WAYLAND_DISPLAY nor DISPLAY is set</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no display at &apos;{name}&apos;</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>Allow, in a question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny, in a question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny silently, in a question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put a question aside: it stays open, and what waits is held</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on to the next control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the control whose underlined letter it is</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Main</name>
    <message>
        <source>Settings - Stile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About Stile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What this system lacks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let unknown applications through for 5 minutes? What is denied stays denied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause Stile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Go on guarding</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>No panel of this desktop shows Stile&apos;s icon. Questions appear all the same; start Stile again, from the menu of applications, to see its window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One application waits for your answer|%n applications wait for your answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile is running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open Stile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What they send is held until then, or until the time is up.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show questions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is decided stays decided. Unknown applications get what the settings say for this case, and nobody is asked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>OwnSettings</name>
    <message>
        <source>This desktop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start Stile&apos;s icon and questions with the &amp;session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start without a &amp;window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The icon in the panel, or another start, brings it up.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show &amp;notifications</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Like the desktop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size of &amp;text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Questions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the desktop puts windows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the middle of the screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the upper corner</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the lower corner</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They a&amp;ppear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Under Wayland the desktop alone decides.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Buttons wait f&amp;or</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So that nothing is decided by a click or a key that was meant for another window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Remember connections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For so many &amp;days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The entry could not be written: {why}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counts from the next start of Stile on.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Kept in {file}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counts once the helper is started anew: {settings}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File of the helper&apos;s settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The helper</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For everybody at this machine. A change may take a password.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny silently</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Questions &amp;stay open for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When &amp;nobody answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next attempt is asked about again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While the helper is a&amp;way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What unknown applications get then. What is decided stays decided.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask also who may accept connections from outside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Host names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name &amp;servers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Addresses whose answers about names are believed, beside those of this system.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every application may look names up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fewer questions, but a way out: what is asked for can carry anything to whoever owns the domain.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Limits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So that a flood of one application keeps no other waiting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Packets held of one application</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Packets held of all applications</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Questions open at a time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings of the helper were changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;vert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running: its settings cannot be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{problem}
The file is left as it is; what you see is in force. Mend it, then come back.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Stile&apos;s helper is not running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile: one application waits for your answer|Stile: %n applications wait for your answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile is locked down: only applications with an allow rule reach the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile is paused: unknown applications pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile guards, with gaps: {gaps}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stile guards your connections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;questions ({count})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause for 5 minutes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End loc&amp;kdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loc&amp;k down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>R&amp;ules…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What this system &amp;lacks…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;About Stile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Qu&amp;it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>user {number}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
