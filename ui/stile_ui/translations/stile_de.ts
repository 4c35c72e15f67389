<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutPage</name>
    <message>
        <source>A per-application firewall for the Linux desktop that lets the kernel decide. A stile is the step in a fence that lets people through and keeps cattle in.</source>
        <translation>Eine Firewall für den Linux-Desktop, die nach Anwendungen fragt und den Kernel entscheiden lässt. Ein „stile“ ist der Tritt im Weidezaun: Menschen kommen hinüber, das Vieh bleibt drin.</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later. It comes without any warranty.</source>
        <translation>Freie Software unter der GNU General Public License, Version 3 oder neuer. Ohne jede Gewährleistung.</translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation>Tastatur</translation>
    </message>
    <message>
        <source>A question that has just appeared takes no key for a moment.</source>
        <translation>Eine Frage, die gerade erst erschienen ist, nimmt einen Augenblick lang keine Taste an.</translation>
    </message>
    <message>
        <source>About Stile</source>
        <translation>Über Stile</translation>
    </message>
    <message>
        <source>What this system gives</source>
        <translation>Was dieses System bietet</translation>
    </message>
    <message>
        <source>there</source>
        <translation>vorhanden</translation>
    </message>
    <message>
        <source>limited</source>
        <translation>eingeschränkt</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>Unknown while the helper is not running.</source>
        <translation>Unbekannt, solange der Helfer nicht läuft.</translation>
    </message>
    <message>
        <source>Stile {version}</source>
        <translation>Stile {version}</translation>
    </message>
</context>
<context>
    <name>Agent</name>
    <message>
        <source>Taken back. The next attempt is asked about again.</source>
        <translation>Zurückgenommen. Beim nächsten Versuch wird wieder gefragt.</translation>
    </message>
    <message>
        <source>{answer}, and the like for all that waited</source>
        <translation>{answer}, und ebenso für alles, was wartete</translation>
    </message>
</context>
<context>
    <name>ApplicationsModel</name>
    <message>
        <source>%n day ago|%n days ago</source>
        <translation>vor %n Tag|vor %n Tagen</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>gerade eben</translation>
    </message>
    <message>
        <source>%n min ago|%n min ago</source>
        <translation>vor %n min|vor %n min</translation>
    </message>
    <message>
        <source>%n h ago|%n h ago</source>
        <translation>vor %n h|vor %n h</translation>
    </message>
    <message>
        <source>%n rule|%n rules</source>
        <translation>%n Regel|%n Regeln</translation>
    </message>
</context>
<context>
    <name>Changes</name>
    <message>
        <source>the rule about {name} is not as it was any more</source>
        <translation>die Regel über {name} ist nicht mehr, wie sie war</translation>
    </message>
    <message>
        <source>there is another rule about the same for {name} now</source>
        <translation>für {name} gibt es jetzt eine andere Regel über dasselbe</translation>
    </message>
</context>
<context>
    <name>CleanUp</name>
    <message>
        <source>Clean up rules</source>
        <translation>Regeln aufräumen</translation>
    </message>
    <message>
        <source>Without the rules that are checked, no connection is decided otherwise. Those of programs that are gone may be wanted again, and are for you to choose.</source>
        <translation>Auch ohne die angehakten Regeln wird keine Verbindung anders entschieden. Regeln von Programmen, die es nicht mehr gibt, werden vielleicht noch einmal gebraucht; diese wählen Sie selbst aus.</translation>
    </message>
    <message>
        <source>Rules that do nothing</source>
        <translation>Regeln, die nichts bewirken</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Remove %n rule|&amp;Remove %n rules</source>
        <translation>%n Regel &amp;entfernen|%n Regeln &amp;entfernen</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>Anwendung</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
</context>
<context>
    <name>Connections</name>
    <message>
        <source>Application</source>
        <translation>Anwendung</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Gegenstelle</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Richtung</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Entscheidung</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Empfangen</translation>
    </message>
    <message>
        <source>Seen for</source>
        <translation>Gesehen seit</translation>
    </message>
    <message>
        <source>Search applications, places, ports and verdicts</source>
        <translation>Anwendungen, Gegenstellen, Ports und Entscheidungen suchen</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>&amp;All users and the system</source>
        <translation>&amp;Alle Benutzer und das System</translation>
    </message>
    <message>
        <source>Make a &amp;rule…</source>
        <translation>Regel an&amp;legen …</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>Make a &amp;rule from this row</source>
        <translation>&amp;Regel aus dieser Zeile anlegen</translation>
    </message>
    <message>
        <source>%n connection|%n connections</source>
        <translation>%n Verbindung|%n Verbindungen</translation>
    </message>
    <message>
        <source>{shown} of {there} connections</source>
        <translation>{shown} von {there} Verbindungen</translation>
    </message>
    <message>
        <source>Allowed</source>
        <translation>Erlaubt</translation>
    </message>
    <message>
        <source>Denied</source>
        <translation>Abgelehnt</translation>
    </message>
    <message>
        <source>Dropped</source>
        <translation>Verworfen</translation>
    </message>
    <message>
        <source>Undecided</source>
        <translation>Nicht entschieden</translation>
    </message>
    <message>
        <source>A rule</source>
        <translation>Eine Regel</translation>
    </message>
    <message>
        <source>Your answer</source>
        <translation>Ihre Antwort</translation>
    </message>
    <message>
        <source>Nobody answered</source>
        <translation>Niemand hat geantwortet</translation>
    </message>
    <message>
        <source>Too many waited</source>
        <translation>Zu viele haben gewartet</translation>
    </message>
    <message>
        <source>Lockdown</source>
        <translation>Sperre</translation>
    </message>
    <message>
        <source>You are asked</source>
        <translation>Sie werden gefragt</translation>
    </message>
    <message>
        <source>Nobody decided</source>
        <translation>Niemand hat entschieden</translation>
    </message>
    <message>
        <source>Outgoing</source>
        <translation>Ausgehend</translation>
    </message>
    <message>
        <source>Incoming</source>
        <translation>Eingehend</translation>
    </message>
    <message>
        <source>Opening</source>
        <translation>Wird geöffnet</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>Closing</source>
        <translation>Wird geschlossen</translation>
    </message>
</context>
<context>
    <name>Countdown</name>
    <message>
        <source>waits for you</source>
        <translation>wartet auf Sie</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>Verbleibende Zeit</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} min</translation>
    </message>
    <message>
        <source>Start the &amp;clock</source>
        <translation>U&amp;hr starten</translation>
    </message>
    <message>
        <source>Stop the &amp;clock</source>
        <translation>U&amp;hr anhalten</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>What this system lacks</source>
        <translation>Was diesem System fehlt</translation>
    </message>
    <message>
        <source>Let unknown applications through for 5 minutes? What is denied stays denied.</source>
        <translation>Unbekannte Anwendungen 5 Minuten lang durchlassen? Was abgelehnt ist, bleibt abgelehnt.</translation>
    </message>
    <message>
        <source>Applications and rules</source>
        <translation>Anwendungen und Regeln</translation>
    </message>
    <message>
        <source>Pause Stile</source>
        <translation>Stile pausieren</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausieren</translation>
    </message>
    <message>
        <source>&amp;Go on guarding</source>
        <translation>&amp;Weiter wachen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Über</translation>
    </message>
</context>
<context>
    <name>DetailsPanel</name>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Works in</source>
        <translation>Arbeitet in</translation>
    </message>
    <message>
        <source>Executable</source>
        <translation>Programmdatei</translation>
    </message>
    <message>
        <source>Started by</source>
        <translation>Gestartet von</translation>
    </message>
    <message>
        <source>Known as</source>
        <translation>Bekannt als</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>Looking at the process …</source>
        <translation>Der Prozess wird angesehen …</translation>
    </message>
</context>
<context>
    <name>Display</name>
    <message>
        <source>no display: neither WAYLAND_DISPLAY nor DISPLAY is set</source>
        <translation>kein Bildschirm: weder WAYLAND_DISPLAY noch DISPLAY ist gesetzt</translation>
    </message>
    <message>
        <source>no display at &apos;{name}&apos;</source>
        <translation>kein Bildschirm unter „{name}“</translation>
    </message>
</context>
<context>
    <name>Exchange</name>
    <message>
        <source>its time is over</source>
        <translation>ihre Zeit ist um</translation>
    </message>
</context>
<context>
    <name>Explained</name>
    <message>
        <source>Every application</source>
        <translation>Jede Anwendung</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>the whole network</source>
        <translation>das ganze Netz</translation>
    </message>
    <message>
        <source>{what} over {protocol}</source>
        <translation>{what} über {protocol}</translation>
    </message>
    <message>
        <source>{what} when {user} runs it</source>
        <translation>{what} (ausgeführt von {user})</translation>
    </message>
    <message>
        <source>{what} while on the network {network}</source>
        <translation>{what}, solange das Netz {network} aktiv ist</translation>
    </message>
    <message>
        <source>{rule} (everybody)</source>
        <translation>{rule} (alle)</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>Erlauben</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Drop</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Shipped</source>
        <translation>Mitgeliefert</translation>
    </message>
    <message>
        <source>Yours</source>
        <translation>Ihre</translation>
    </message>
    <message>
        <source>Timed</source>
        <translation>Befristet</translation>
    </message>
    <message>
        <source>Temporary</source>
        <translation>Vorübergehend</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>Immer</translation>
    </message>
    <message>
        <source>Until reboot</source>
        <translation>Bis zum Neustart</translation>
    </message>
    <message>
        <source>Until it quits</source>
        <translation>Bis sie beendet wird</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>Einmal</translation>
    </message>
    <message>
        <source>from outside</source>
        <translation>von außen</translation>
    </message>
    <message>
        <source>anywhere</source>
        <translation>alle Adressen</translation>
    </message>
    <message>
        <source>the local network</source>
        <translation>das lokale Netz</translation>
    </message>
    <message>
        <source>{domain} and all below it</source>
        <translation>{domain} und alles darunter</translation>
    </message>
    <message>
        <source>the block list {name}</source>
        <translation>die Sperrliste {name}</translation>
    </message>
    <message>
        <source>It is switched off now.</source>
        <translation>Die Regel ist zurzeit ausgeschaltet.</translation>
    </message>
    <message>
        <source>{who} may reach {what}.</source>
        <translation>{who} darf {what} erreichen.</translation>
    </message>
    <message>
        <source>{who} is refused {what}, and hears of it at once.</source>
        <translation>{who} wird für {what} abgelehnt und erfährt es sofort.</translation>
    </message>
    <message>
        <source>{who} gets no answer from {what}: all is thrown away.</source>
        <translation>{who} bekommt für {what} keine Antwort: Alles wird verworfen.</translation>
    </message>
    <message>
        <source>You are asked when {who} wants to reach {what}.</source>
        <translation>Sie werden gefragt, wenn {who} {what} erreichen will.</translation>
    </message>
    <message>
        <source>{who} may use {what}.</source>
        <translation>{who} darf {what} benutzen.</translation>
    </message>
    <message>
        <source>All that {who} sends is thrown away silently.</source>
        <translation>{who} kommt nicht ins Netz: Alles wird stillschweigend verworfen.</translation>
    </message>
    <message>
        <source>You are asked whenever {who} reaches for the network.</source>
        <translation>Sie werden jedes Mal gefragt, wenn {who} ins Netz will.</translation>
    </message>
    <message>
        <source>{who} may be reached from {what}.</source>
        <translation>{who} darf für {what} erreichbar sein.</translation>
    </message>
    <message>
        <source>{who} may not be reached from {what}.</source>
        <translation>{who} darf für {what} nicht erreichbar sein.</translation>
    </message>
    <message>
        <source>What reaches {who} from {what} gets no answer.</source>
        <translation>{who} ist für {what} nicht erreichbar: Es kommt keine Antwort.</translation>
    </message>
    <message>
        <source>You are asked when {who} is reached from {what}.</source>
        <translation>Sie werden gefragt, bevor {who} für {what} erreichbar ist.</translation>
    </message>
    <message>
        <source>That holds until the next reboot.</source>
        <translation>Das gilt bis zum nächsten Neustart.</translation>
    </message>
    <message>
        <source>That holds until {time}.</source>
        <translation>Das gilt bis {time}.</translation>
    </message>
    <message>
        <source>That holds until it quits.</source>
        <translation>Das gilt, bis sie beendet wird.</translation>
    </message>
    <message>
        <source>Says nothing new: “{other}” covers it.</source>
        <translation>Sagt nichts Neues: „{other}“ deckt sie ab.</translation>
    </message>
    <message>
        <source>Its program is not there any more.</source>
        <translation>Ihr Programm gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>Its time is over.</source>
        <translation>Ihre Zeit ist um.</translation>
    </message>
    <message>
        <source>It was for a while only, and is switched off.</source>
        <translation>Sie galt nur eine Zeit lang und ist ausgeschaltet.</translation>
    </message>
    <message>
        <source>only outward</source>
        <translation>nur nach außen</translation>
    </message>
    <message>
        <source>So may programs that it starts, if they have no rules.</source>
        <translation>Das dürfen auch Programme, die sie startet, wenn sie keine Regeln haben.</translation>
    </message>
    <message>
        <source>The same goes for programs that it starts.</source>
        <translation>Dasselbe gilt für Programme, die sie startet.</translation>
    </message>
    <message>
        <source>{what} at port {ports}</source>
        <translation>{what} an Port {ports}</translation>
    </message>
    <message>
        <source>{what} at the ports {ports}</source>
        <translation>{what} an den Ports {ports}</translation>
    </message>
    <message>
        <source>{what} at its own port {ports}</source>
        <translation>{what} am eigenen Port {ports}</translation>
    </message>
    <message>
        <source>{what} at its own ports {ports}</source>
        <translation>{what} an den eigenen Ports {ports}</translation>
    </message>
    <message>
        <source>Until {time}</source>
        <translation>Bis {time}</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>Port {port}</translation>
    </message>
    <message>
        <source>user {user}</source>
        <translation>Benutzer {user}</translation>
    </message>
    <message>
        <source>on {network}</source>
        <translation>in {network}</translation>
    </message>
    <message>
        <source>Never decides: “{other}” wins always.</source>
        <translation>Entscheidet nie: „{other}“ hat immer Vorrang.</translation>
    </message>
</context>
<context>
    <name>Firewall</name>
    <message>
        <source>Too late: it is not as it was left by your answer.</source>
        <translation>Zu spät: Es ist nicht mehr so, wie Ihre Antwort es hinterlassen hat.</translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>One rule was added.|%n rules were added.</source>
        <translation>Eine Regel wurde hinzugefügt.|%n Regeln wurden hinzugefügt.</translation>
    </message>
    <message>
        <source>All else is asked about when it happens.</source>
        <translation>Nach allem anderen wird gefragt, wenn es geschieht.</translation>
    </message>
    <message>
        <source>has its rules already</source>
        <translation>hat schon Regeln</translation>
    </message>
    <message>
        <source>accepted on the first run</source>
        <translation>beim ersten Start angenommen</translation>
    </message>
    <message>
        <source>&amp;Allow one|&amp;Allow these %n</source>
        <translation>Eine &amp;erlauben|Diese %n &amp;erlauben</translation>
    </message>
    <message>
        <source>Welcome to Stile</source>
        <translation>Willkommen bei Stile</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>&amp;Nicht jetzt</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>&amp;Schließen</translation>
    </message>
    <message>
        <source>Services of this system</source>
        <translation>Dienste dieses Systems</translation>
    </message>
    <message>
        <source>Services and programs</source>
        <translation>Dienste und Programme</translation>
    </message>
    <message>
        <source>Let the system work, and decide about the rest</source>
        <translation>Das System arbeiten lassen und über den Rest entscheiden</translation>
    </message>
    <message>
        <source>Stile asks before an application reaches the network for the first time.</source>
        <translation>Stile fragt, bevor eine Anwendung zum ersten Mal ins Netz kommt.</translation>
    </message>
    <message>
        <source>What belongs to the system is checked below: it may do what it is there for, and nothing else.</source>
        <translation>Was zum System gehört, ist unten angehakt: Es darf tun, wofür es da ist, und sonst nichts.</translation>
    </message>
    <message>
        <source>Everything else is asked about when it happens, and each rule can be changed later.</source>
        <translation>Nach allem anderen wird gefragt, wenn es geschieht, und jede Regel lässt sich später ändern.</translation>
    </message>
    <message>
        <source>one more|%n more</source>
        <translation>ein weiteres Ziel|%n weitere Ziele</translation>
    </message>
    <message>
        <source>Use the network now: check what may do so, whatever it does</source>
        <translation>Benutzen jetzt das Netz: Haken Sie an, was das darf, was auch immer es tut</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>&amp;Allow</source>
        <translation>&amp;Erlauben</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>Was es tut</translation>
    </message>
    <message>
        <source>Where to</source>
        <translation>Wohin</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>waits on {ports}</source>
        <translation>wartet an {ports}</translation>
    </message>
</context>
<context>
    <name>HelperSettings</name>
    <message>
        <source>Stile&apos;s helper is not running: its settings cannot be read.</source>
        <translation>Der Helfer von Stile läuft nicht: Seine Einstellungen können nicht gelesen werden.</translation>
    </message>
    <message>
        <source>{problem}
The file is left as it is; what you see is in force. Mend it, then come back.</source>
        <translation>{problem}
Die Datei bleibt, wie sie ist; was Sie sehen, gilt. Berichtigen Sie sie, und kommen Sie wieder.</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>Steht in {file}</translation>
    </message>
    <message>
        <source>Counts once the helper is started anew: {settings}</source>
        <translation>Gilt, sobald der Helfer neu gestartet ist: {settings}</translation>
    </message>
    <message>
        <source>s</source>
        <translation>s</translation>
    </message>
    <message>
        <source>File of the helper&apos;s settings</source>
        <translation>Datei mit den Einstellungen des Helfers</translation>
    </message>
    <message>
        <source>The helper</source>
        <translation>Der Helfer</translation>
    </message>
    <message>
        <source>For everybody at this machine. A change may take a password.</source>
        <translation>Für alle an diesem Rechner. Eine Änderung kann ein Passwort verlangen.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Deny silently</source>
        <translation>Stillschweigend ablehnen</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>Erlauben</translation>
    </message>
    <message>
        <source>Questions sta&amp;y open for</source>
        <translation>Fragen bleiben &amp;offen</translation>
    </message>
    <message>
        <source>When nobody answ&amp;ers</source>
        <translation>Wenn &amp;niemand antwortet</translation>
    </message>
    <message>
        <source>The next attempt is asked about again.</source>
        <translation>Beim nächsten Versuch wird wieder gefragt.</translation>
    </message>
    <message>
        <source>W&amp;hile the helper is away</source>
        <translation>Während der Helfer feh&amp;lt</translation>
    </message>
    <message>
        <source>What unknown applications get then. What is decided stays decided.</source>
        <translation>Was dann für unbekannte Anwendungen gilt. Was entschieden ist, bleibt entschieden.</translation>
    </message>
    <message>
        <source>Ask also who may accept connections from outside</source>
        <translation>Auch fragen, wer Verbindungen von außen annehmen darf</translation>
    </message>
    <message>
        <source>Host names</source>
        <translation>Rechnernamen</translation>
    </message>
    <message>
        <source>Na&amp;me servers</source>
        <translation>Na&amp;meserver</translation>
    </message>
    <message>
        <source>Addresses whose answers about names are believed, beside those of this system.</source>
        <translation>Adressen, deren Antworten über Namen geglaubt wird, neben denen dieses Systems.</translation>
    </message>
    <message>
        <source>Every application may look names up</source>
        <translation>Jede Anwendung darf Namen nachschlagen</translation>
    </message>
    <message>
        <source>Fewer questions, but a way out: what is asked for can carry anything to whoever owns the domain.</source>
        <translation>Weniger Fragen, aber ein Weg hinaus: Eine Anfrage kann alles Mögliche zu dem tragen, dem die Domain gehört.</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>Grenzen</translation>
    </message>
    <message>
        <source>So that a flood of one application keeps no other waiting.</source>
        <translation>Damit die Flut einer Anwendung keine andere warten lässt.</translation>
    </message>
    <message>
        <source>Packets held of one application</source>
        <translation>Angehaltene Pakete einer Anwendung</translation>
    </message>
    <message>
        <source>Packets held of all applications</source>
        <translation>Angehaltene Pakete aller Anwendungen</translation>
    </message>
    <message>
        <source>Questions open at a time</source>
        <translation>Gleichzeitig offene Fragen</translation>
    </message>
</context>
<context>
    <name>History</name>
    <message>
        <source>it is the database of another program</source>
        <translation>es ist die Datenbank eines anderen Programms</translation>
    </message>
    <message>
        <source>it was written by another version of Stile</source>
        <translation>eine andere Version von Stile hat ihn geschrieben</translation>
    </message>
    <message>
        <source>The history could not be read ({why}). It was set aside as {file}; a new one begins.</source>
        <translation>Der Verlauf konnte nicht gelesen werden ({why}). Er wurde als {file} beiseitegelegt; ein neuer beginnt.</translation>
    </message>
    <message>
        <source>The history is not kept at present: {why}.</source>
        <translation>Der Verlauf wird zurzeit nicht geführt: {why}.</translation>
    </message>
    <message>
        <source>{application}
{place}
{first} to {last}, {count} times, {octets}</source>
        <translation>{application}
{place}
{first} bis {last}, {count}-mal, {octets}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>Anwendung</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Gegenstelle</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Richtung</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Entscheidung</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>Search applications and places</source>
        <translation>Anwendungen und Gegenstellen suchen</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>All verdicts</source>
        <translation>Alle Entscheidungen</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Make a &amp;rule from this row</source>
        <translation>&amp;Regel aus dieser Zeile anlegen</translation>
    </message>
    <message>
        <source>Only this &amp;application</source>
        <translation>Nur diese &amp;Anwendung</translation>
    </message>
    <message>
        <source>Only this &amp;place</source>
        <translation>Nur diese &amp;Gegenstelle</translation>
    </message>
    <message>
        <source>Make a &amp;rule…</source>
        <translation>Regel an&amp;legen …</translation>
    </message>
    <message>
        <source>Show what is &amp;new</source>
        <translation>&amp;Neues zeigen</translation>
    </message>
    <message>
        <source>&amp;Forget everything…</source>
        <translation>Alles &amp;vergessen …</translation>
    </message>
    <message>
        <source>Forget all connections and all traffic of the past?</source>
        <translation>Alle Verbindungen und allen Datenverkehr der Vergangenheit vergessen?</translation>
    </message>
    <message>
        <source>It cannot be brought back. Rules stay.</source>
        <translation>Das lässt sich nicht zurückholen. Regeln bleiben.</translation>
    </message>
    <message>
        <source>&amp;Forget everything</source>
        <translation>Alles v&amp;ergessen</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>Jederzeit</translation>
    </message>
    <message>
        <source>Last hour</source>
        <translation>Letzte Stunde</translation>
    </message>
    <message>
        <source>Last day</source>
        <translation>Letzter Tag</translation>
    </message>
    <message>
        <source>Last week</source>
        <translation>Letzte Woche</translation>
    </message>
    <message>
        <source>{count} lines</source>
        <translation>{count} Zeilen</translation>
    </message>
    <message>
        <source>{lines}; nothing new is kept</source>
        <translation>{lines}; Neues wird nicht aufbewahrt</translation>
    </message>
</context>
<context>
    <name>HistoryPages</name>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>Datenverkehr</translation>
    </message>
</context>
<context>
    <name>ImportPreview</name>
    <message>
        <source>%n is not carried over: see why below.|%n are not carried over: see why below.</source>
        <translation>%n wird nicht übernommen: Warum, steht unten.|%n werden nicht übernommen: Warum, steht unten.</translation>
    </message>
    <message>
        <source>Import %n rule|Import %n rules</source>
        <translation>%n Regel importieren|%n Regeln importieren</translation>
    </message>
    <message>
        <source>&amp;Import %n rule|&amp;Import %n rules</source>
        <translation>%n Regel &amp;importieren|%n Regeln &amp;importieren</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Import rules</source>
        <translation>Regeln importieren</translation>
    </message>
    <message>
        <source>Rules (*.toml *.json)</source>
        <translation>Regeln (*.toml *.json)</translation>
    </message>
    <message>
        <source>File or folder</source>
        <translation>Datei oder Ordner</translation>
    </message>
    <message>
        <source>A .toml file of Stile&apos;s, or a folder of OpenSnitch&apos;s rules</source>
        <translation>Eine .toml-Datei von Stile oder ein Ordner mit Regeln von OpenSnitch</translation>
    </message>
    <message>
        <source>Choose what to import: you see it here before it counts.</source>
        <translation>Wählen Sie, was importiert werden soll: Sie sehen es hier, bevor es gilt.</translation>
    </message>
    <message>
        <source>%n rule can come in.|%n rules can come in.</source>
        <translation>%n Regel kann übernommen werden.|%n Regeln können übernommen werden.</translation>
    </message>
    <message>
        <source>What would come in</source>
        <translation>Was übernommen würde</translation>
    </message>
    <message>
        <source>takes the place of one of yours</source>
        <translation>ersetzt eine von Ihren</translation>
    </message>
    <message>
        <source>is switched off</source>
        <translation>ist ausgeschaltet</translation>
    </message>
    <message>
        <source>Not carried over</source>
        <translation>Nicht übernommen</translation>
    </message>
    <message>
        <source>Please note</source>
        <translation>Bitte beachten</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>Anwendung</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Remark</source>
        <translation>Bemerkung</translation>
    </message>
    <message>
        <source>&amp;File…</source>
        <translation>&amp;Datei …</translation>
    </message>
    <message>
        <source>F&amp;older…</source>
        <translation>&amp;Ordner …</translation>
    </message>
    <message>
        <source>&amp;Look</source>
        <translation>&amp;Ansehen</translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>Allow, in a question</source>
        <translation>Erlauben, in einer Frage</translation>
    </message>
    <message>
        <source>Deny, in a question</source>
        <translation>Ablehnen, in einer Frage</translation>
    </message>
    <message>
        <source>Deny silently, in a question</source>
        <translation>Stillschweigend ablehnen, in einer Frage</translation>
    </message>
    <message>
        <source>Put a question aside: it stays open, and what waits is held</source>
        <translation>Eine Frage beiseitelegen: Sie bleibt offen, und was wartet, wird angehalten</translation>
    </message>
    <message>
        <source>Take the last answer back, for ten seconds</source>
        <translation>Die letzte Antwort zurücknehmen, zehn Sekunden lang</translation>
    </message>
    <message>
        <source>Go to a page of the window</source>
        <translation>Zu einer Seite des Fensters gehen</translation>
    </message>
    <message>
        <source>Go on to the next control</source>
        <translation>Weiter zum nächsten Bedienelement</translation>
    </message>
    <message>
        <source>Go to the control whose underlined letter it is</source>
        <translation>Zum Bedienelement, dessen Buchstabe unterstrichen ist</translation>
    </message>
</context>
<context>
    <name>Lifetimes</name>
    <message>
        <source>How long</source>
        <translation>Wie lange</translation>
    </message>
    <message>
        <source>&amp;Once</source>
        <translation>Ein&amp;mal</translation>
    </message>
    <message>
        <source>Until it &amp;quits</source>
        <translation>&amp;Bis zum Beenden</translation>
    </message>
    <message>
        <source>15 &amp;min</source>
        <translation>15 m&amp;in</translation>
    </message>
    <message>
        <source>1 hou&amp;r</source>
        <translation>1 St&amp;unde</translation>
    </message>
    <message>
        <source>Until re&amp;boot</source>
        <translation>Bis zum &amp;Neustart</translation>
    </message>
    <message>
        <source>Al&amp;ways</source>
        <translation>Imme&amp;r</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Stile: {page}</source>
        <translation>Stile: {page}</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>No panel of this desktop shows Stile&apos;s icon. Questions appear all the same; start Stile again, from the menu of applications, to see its window.</source>
        <translation>Keine Leiste dieses Desktops zeigt das Symbol von Stile. Fragen erscheinen trotzdem. Um das Fenster zu sehen, starten Sie Stile noch einmal aus dem Anwendungsmenü.</translation>
    </message>
    <message>
        <source>One application waits for your answer|%n applications wait for your answer</source>
        <translation>Eine Anwendung wartet auf Ihre Antwort|%n Anwendungen warten auf Ihre Antwort</translation>
    </message>
    <message>
        <source>What they send is held until then, or until the time is up.</source>
        <translation>Was sie senden, wird bis dahin angehalten, oder bis die Zeit um ist.</translation>
    </message>
    <message>
        <source>Nobody has answered a question|Nobody has answered %n questions</source>
        <translation>Eine Frage hat niemand beantwortet|%n Fragen hat niemand beantwortet</translation>
    </message>
    <message>
        <source>{question}. The next attempt is asked about again.</source>
        <translation>{question}. Beim nächsten Versuch wird wieder gefragt.</translation>
    </message>
    <message>
        <source>What is decided stays decided. Unknown applications get what the settings say for this case, and nobody is asked.</source>
        <translation>Was entschieden ist, bleibt entschieden. Für unbekannte Anwendungen gilt, was die Einstellungen für diesen Fall sagen, und niemand wird gefragt.</translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running</source>
        <translation>Der Helfer von Stile läuft nicht</translation>
    </message>
    <message>
        <source>Stile is running</source>
        <translation>Stile läuft</translation>
    </message>
    <message>
        <source>Open Stile</source>
        <translation>Stile öffnen</translation>
    </message>
    <message>
        <source>Show questions</source>
        <translation>Fragen zeigen</translation>
    </message>
</context>
<context>
    <name>Numbers</name>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} h {minutes} min</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} min</translation>
    </message>
</context>
<context>
    <name>OpenSnitch</name>
    <message>
        <source>it is about a command line, and programs choose their own</source>
        <translation>sie betrifft eine Befehlszeile, und die wählen Programme selbst</translation>
    </message>
    <message>
        <source>it is about a checksum, and rules of Stile&apos;s have none</source>
        <translation>sie betrifft eine Prüfsumme, und die gibt es in Regeln von Stile nicht</translation>
    </message>
    <message>
        <source>it is about a network interface, and rules of Stile&apos;s have none</source>
        <translation>sie betrifft eine Netzwerkschnittstelle, und die gibt es in Regeln von Stile nicht</translation>
    </message>
    <message>
        <source>it has no operator</source>
        <translation>sie hat keinen Operator</translation>
    </message>
    <message>
        <source>its list of conditions is empty</source>
        <translation>ihre Liste von Bedingungen ist leer</translation>
    </message>
    <message>
        <source>it is about {operand}, and no rule of Stile&apos;s is</source>
        <translation>sie betrifft {operand}, und das tut keine Regel von Stile</translation>
    </message>
    <message>
        <source>it held once</source>
        <translation>sie galt einmal</translation>
    </message>
    <message>
        <source>it has two conditions about the same thing, which no rule of Stile&apos;s has</source>
        <translation>sie hat zwei Bedingungen über dasselbe, und die hat keine Regel von Stile</translation>
    </message>
    <message>
        <source>no connection can fit it that Stile looks at</source>
        <translation>keine Verbindung, die Stile ansieht, kann zu ihr passen</translation>
    </message>
    <message>
        <source>it is about a list of {data}: make it a block list, a file in /etc/stile/lists.d</source>
        <translation>sie betrifft eine Liste von {data}: Machen Sie daraus eine Sperrliste, eine Datei in /etc/stile/lists.d</translation>
    </message>
    <message>
        <source>another rule is about the same: the more cautious one is carried over</source>
        <translation>eine andere Regel betrifft dasselbe: Die vorsichtigere wird übernommen</translation>
    </message>
    <message>
        <source>&apos;{action}&apos; is no action of OpenSnitch&apos;s</source>
        <translation>„{action}“ ist keine Aktion von OpenSnitch</translation>
    </message>
    <message>
        <source>&apos;{duration}&apos; is no duration</source>
        <translation>„{duration}“ ist keine Dauer</translation>
    </message>
    <message>
        <source>it held for {duration}, and is over</source>
        <translation>sie galt für {duration} und ist vorbei</translation>
    </message>
    <message>
        <source>its list of conditions cannot be read</source>
        <translation>ihre Liste von Bedingungen ist nicht lesbar</translation>
    </message>
    <message>
        <source>it holds for {place} over IPv4 and IPv6</source>
        <translation>sie gilt für {place} über IPv4 und IPv6</translation>
    </message>
    <message>
        <source>it is about all programs that fit &apos;{path}&apos;: a rule is about one</source>
        <translation>sie betrifft alle Programme, die zu „{path}“ passen: Eine Regel betrifft nur eines</translation>
    </message>
    <message>
        <source>{path} is within a {whole}: decide about that as a whole, when it asks</source>
        <translation>{path} liegt in einem {whole}: Entscheiden Sie darüber als Ganzes, wenn danach gefragt wird</translation>
    </message>
    <message>
        <source>&apos;{kind}&apos; does not compare {operand}</source>
        <translation>„{kind}“ vergleicht {operand} nicht</translation>
    </message>
    <message>
        <source>it would become {count} rules: more than {MOST}</source>
        <translation>daraus würden {count} Regeln: mehr als {MOST}</translation>
    </message>
    <message>
        <source>it is about {place} over IPv{family} alone, which no rule can say</source>
        <translation>sie betrifft {place} nur über IPv{family}, und das kann keine Regel ausdrücken</translation>
    </message>
    <message>
        <source>&apos;{data}&apos; is no single number</source>
        <translation>„{data}“ ist keine einzelne Zahl</translation>
    </message>
    <message>
        <source>&apos;{data}&apos; is taken for the beginning of an address</source>
        <translation>„{data}“ gilt als Anfang einer Adresse</translation>
    </message>
    <message>
        <source>&apos;{data}&apos; are no ports that can be said</source>
        <translation>„{data}“ sind keine Ports, die sich ausdrücken lassen</translation>
    </message>
    <message>
        <source>the regular expression &apos;{text}&apos; fits everything</source>
        <translation>der reguläre Ausdruck „{text}“ passt auf alles</translation>
    </message>
    <message>
        <source>&apos;{path}&apos; is no absolute path of a program</source>
        <translation>„{path}“ ist kein absoluter Pfad eines Programms</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is no address or network that can be said</source>
        <translation>„{text}“ ist keine Adresse und kein Netz, das sich ausdrücken lässt</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is no network</source>
        <translation>„{text}“ ist kein Netz</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is no protocol that can be said</source>
        <translation>„{text}“ ist kein Protokoll, das sich ausdrücken lässt</translation>
    </message>
    <message>
        <source>comes in switched off: there &apos;{name}&apos; wins, here it would stand over</source>
        <translation>wird ausgeschaltet übernommen: Dort hat „{name}“ Vorrang, hier hätte sie ihn</translation>
    </message>
    <message>
        <source>{place} is left out: Stile lets loopback pass</source>
        <translation>{place} wird ausgelassen: Stile lässt Loopback durch</translation>
    </message>
    <message>
        <source>&apos;{each}&apos; is no host name</source>
        <translation>„{each}“ ist kein Rechnername</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is taken for a domain, and all that is below it</source>
        <translation>„{text}“ gilt als Domain und alles darunter</translation>
    </message>
    <message>
        <source>the regular expression &apos;{text}&apos; cannot be said</source>
        <translation>der reguläre Ausdruck „{text}“ lässt sich nicht ausdrücken</translation>
    </message>
    <message>
        <source>a dot in &apos;{text}&apos; is taken for a dot, not for any letter</source>
        <translation>ein Punkt in „{text}“ gilt als Punkt, nicht als beliebiges Zeichen</translation>
    </message>
    <message>
        <source>{why} (so it refuses nothing here)</source>
        <translation>{why} (deshalb verweigert sie hier nichts)</translation>
    </message>
</context>
<context>
    <name>OwnSettings</name>
    <message>
        <source>Counts from the next start of Stile on.</source>
        <translation>Gilt ab dem nächsten Start von Stile.</translation>
    </message>
    <message>
        <source>This desktop</source>
        <translation>Dieser Desktop</translation>
    </message>
    <message>
        <source>Start Stile&apos;s icon and questions with the &amp;session</source>
        <translation>Symbol und Fragen von Stile mit der &amp;Sitzung starten</translation>
    </message>
    <message>
        <source>Start without a &amp;window</source>
        <translation>Ohne Fens&amp;ter starten</translation>
    </message>
    <message>
        <source>The icon in the panel, or another start, brings it up.</source>
        <translation>Das Symbol in der Leiste oder ein weiterer Start holt es hervor.</translation>
    </message>
    <message>
        <source>Show &amp;notifications</source>
        <translation>&amp;Benachrichtigungen zeigen</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Like the desktop</source>
        <translation>Wie der Desktop</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>&amp;Colours</source>
        <translation>&amp;Farben</translation>
    </message>
    <message>
        <source>Size of &amp;text</source>
        <translation>Schr&amp;iftgröße</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>S&amp;prache</translation>
    </message>
    <message>
        <source>Questions</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Where the desktop puts windows</source>
        <translation>Wo der Desktop Fenster hinsetzt</translation>
    </message>
    <message>
        <source>In the middle of the screen</source>
        <translation>In der Mitte des Bildschirms</translation>
    </message>
    <message>
        <source>In the upper corner</source>
        <translation>In der oberen Ecke</translation>
    </message>
    <message>
        <source>In the lower corner</source>
        <translation>In der unteren Ecke</translation>
    </message>
    <message>
        <source>They a&amp;ppear</source>
        <translation>Sie ersc&amp;heinen</translation>
    </message>
    <message>
        <source>Buttons wait f&amp;or</source>
        <translation>Knöpfe wa&amp;rten</translation>
    </message>
    <message>
        <source>So that nothing is decided by a click or a key that was meant for another window.</source>
        <translation>Damit kein Klick und keine Taste etwas entscheidet, die einem anderen Fenster galten.</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>&amp;Remember connections</source>
        <translation>&amp;Verbindungen merken</translation>
    </message>
    <message>
        <source>For so many &amp;days</source>
        <translation>So viele Ta&amp;ge lang</translation>
    </message>
    <message>
        <source>Under Wayland the desktop alone decides.</source>
        <translation>Unter Wayland entscheidet allein der Desktop.</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>ms</translation>
    </message>
    <message>
        <source>The entry could not be written: {why}</source>
        <translation>Der Eintrag konnte nicht geschrieben werden: {why}</translation>
    </message>
</context>
<context>
    <name>Prompt</name>
    <message>
        <source>%n packet is held|%n packets are held</source>
        <translation>%n Paket wird angehalten|%n Pakete werden angehalten</translation>
    </message>
    <message>
        <source>The same for each of the {count} places.</source>
        <translation>Dasselbe für jede der {count} Gegenstellen.</translation>
    </message>
    <message>
        <source>D&amp;etails</source>
        <translation>&amp;Details</translation>
    </message>
    <message>
        <source>{who} wants to connect</source>
        <translation>{who} möchte sich verbinden</translation>
    </message>
    <message>
        <source>A&amp;ll {count} of {who}, a rule each</source>
        <translation>A&amp;lle {count} von {who}, je eine Regel</translation>
    </message>
</context>
<context>
    <name>QuestionList</name>
    <message>
        <source>Questions that wait</source>
        <translation>Wartende Fragen</translation>
    </message>
    <message>
        <source>%n question waits|%n questions wait</source>
        <translation>%n Frage wartet|%n Fragen warten</translation>
    </message>
</context>
<context>
    <name>Review</name>
    <message>
        <source>one minute|%n minutes</source>
        <translation>eine Minute|%n Minuten</translation>
    </message>
    <message>
        <source>&amp;Accept one proposal|&amp;Accept %n proposals</source>
        <translation>Einen Vorschlag &amp;annehmen|%n Vorschläge &amp;annehmen</translation>
    </message>
    <message>
        <source>{name} would be allowed: {places}. It asks about all else.</source>
        <translation>{name} dürfte: {places}. Nach allem anderen wird gefragt.</translation>
    </message>
    <message>
        <source>Stile: what was learned</source>
        <translation>Stile: Was gelernt wurde</translation>
    </message>
    <message>
        <source>one more place|%n more places</source>
        <translation>eine weitere Gegenstelle|%n weitere Gegenstellen</translation>
    </message>
    <message>
        <source>Allow what it has reached</source>
        <translation>Erlauben, was sie erreicht hat</translation>
    </message>
    <message>
        <source>Allow whatever it does</source>
        <translation>Alles erlauben, was sie tut</translation>
    </message>
    <message>
        <source>What was learned</source>
        <translation>Was gelernt wurde</translation>
    </message>
    <message>
        <source>These applications passed without a question. They are asked about again until you accept a rule for them.</source>
        <translation>Diese Anwendungen kamen ohne Frage durch. Nach ihnen wird wieder gefragt, bis Sie eine Regel für sie annehmen.</translation>
    </message>
    <message>
        <source>&amp;Check all</source>
        <translation>Alle aus&amp;wählen</translation>
    </message>
    <message>
        <source>&amp;Forget</source>
        <translation>&amp;Vergessen</translation>
    </message>
    <message>
        <source>&amp;Deny</source>
        <translation>A&amp;blehnen</translation>
    </message>
    <message>
        <source>{place} and one more|{place} and %n more</source>
        <translation>{place} und eine weitere|{place} und %n weitere</translation>
    </message>
    <message>
        <source>Learning for {left} more: unknown applications pass and are recorded.</source>
        <translation>Stile lernt, noch {left}: Unbekannte Anwendungen kommen durch und werden aufgezeichnet.</translation>
    </message>
    <message>
        <source>&amp;Accept</source>
        <translation>&amp;Annehmen</translation>
    </message>
    <message>
        <source>&amp;Stop learning</source>
        <translation>Lernen been&amp;den</translation>
    </message>
    <message>
        <source>&amp;Learn for an hour</source>
        <translation>Eine Stunde &amp;lernen</translation>
    </message>
    <message>
        <source>Choose an application to see the rules that it would get.</source>
        <translation>Wählen Sie eine Anwendung, um die Regeln zu sehen, die sie bekäme.</translation>
    </message>
    <message>
        <source>There is nothing to review.</source>
        <translation>Es gibt nichts zu prüfen.</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>Anwendung</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>Has reached</source>
        <translation>Hat erreicht</translation>
    </message>
    <message>
        <source>Proposed rule</source>
        <translation>Vorgeschlagene Regel</translation>
    </message>
    <message>
        <source>Rule for {name}</source>
        <translation>Regel für {name}</translation>
    </message>
    <message>
        <source>{name} would be allowed whatever it does.</source>
        <translation>{name} dürfte alles.</translation>
    </message>
</context>
<context>
    <name>RuleChoice</name>
    <message>
        <source>Where</source>
        <translation>Wohin</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>Wie lange</translation>
    </message>
</context>
<context>
    <name>RuleEditor</name>
    <message>
        <source>any network</source>
        <translation>jedes Netz</translation>
    </message>
    <message>
        <source>Choose a program</source>
        <translation>Programm auswählen</translation>
    </message>
    <message>
        <source>Both</source>
        <translation>Beide</translation>
    </message>
    <message>
        <source>Outward: it begins</source>
        <translation>Nach außen: sie beginnt</translation>
    </message>
    <message>
        <source>Inward: it is reached</source>
        <translation>Nach innen: sie wird erreicht</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>Immer</translation>
    </message>
    <message>
        <source>Until reboot</source>
        <translation>Bis zum Neustart</translation>
    </message>
    <message>
        <source>For 15 minutes</source>
        <translation>15 Minuten lang</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>Eine Stunde lang</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>Einen Tag lang</translation>
    </message>
    <message>
        <source>Until a time</source>
        <translation>Bis zu einem Zeitpunkt</translation>
    </message>
    <message>
        <source>Which program is it about? A path is enough.</source>
        <translation>Um welches Programm geht es? Ein Pfad genügt.</translation>
    </message>
    <message>
        <source>/usr/bin/curl, or everybody</source>
        <translation>/usr/bin/curl, oder everybody</translation>
    </message>
    <message>
        <source>anywhere; or example.org, *.example.org, 192.0.2.0/24, local</source>
        <translation>überall; oder example.org, *.example.org, 192.0.2.0/24, local</translation>
    </message>
    <message>
        <source>As NetworkManager calls it; not:Home,Work is all others.</source>
        <translation>Wie NetworkManager es nennt; not:Home,Work sind alle anderen.</translation>
    </message>
    <message>
        <source>also for programs that it &amp;starts</source>
        <translation>auch für Programme, die es &amp;startet</translation>
    </message>
    <message>
        <source>Where they have no rules of their own.</source>
        <translation>Soweit sie keine eigenen Regeln haben.</translation>
    </message>
    <message>
        <source>&amp;in force</source>
        <translation>in &amp;Kraft</translation>
    </message>
    <message>
        <source>&amp;Choose…</source>
        <translation>Aus&amp;wählen …</translation>
    </message>
    <message>
        <source>What the rule does</source>
        <translation>Was die Regel bewirkt</translation>
    </message>
    <message>
        <source>&amp;Add rule</source>
        <translation>Regel &amp;hinzufügen</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>Spei&amp;chern</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>anybody</source>
        <translation>beliebig</translation>
    </message>
    <message>
        <source>There is no user “{name}”.</source>
        <translation>Es gibt keinen Benutzer „{name}“.</translation>
    </message>
    <message>
        <source>Add a rule</source>
        <translation>Regel hinzufügen</translation>
    </message>
    <message>
        <source>Edit rule</source>
        <translation>Regel bearbeiten</translation>
    </message>
    <message>
        <source>That time is over already.</source>
        <translation>Dieser Zeitpunkt ist schon vorbei.</translation>
    </message>
    <message>
        <source>It takes the place of another rule about the same.</source>
        <translation>Sie ersetzt eine andere Regel über dasselbe.</translation>
    </message>
    <message>
        <source>&amp;Program</source>
        <translation>&amp;Programm</translation>
    </message>
    <message>
        <source>&amp;Verdict</source>
        <translation>&amp;Entscheidung</translation>
    </message>
    <message>
        <source>&amp;Destination</source>
        <translation>&amp;Ziel</translation>
    </message>
    <message>
        <source>P&amp;ort</source>
        <translation>P&amp;ort</translation>
    </message>
    <message>
        <source>Pro&amp;tocol</source>
        <translation>Pro&amp;tokoll</translation>
    </message>
    <message>
        <source>Di&amp;rection</source>
        <translation>&amp;Richtung</translation>
    </message>
    <message>
        <source>&amp;User</source>
        <translation>&amp;Benutzer</translation>
    </message>
    <message>
        <source>Net&amp;work</source>
        <translation>I&amp;m Netz</translation>
    </message>
    <message>
        <source>&amp;Holds</source>
        <translation>&amp;Gilt</translation>
    </message>
    <message>
        <source>&amp;Note</source>
        <translation>&amp;Notiz</translation>
    </message>
    <message>
        <source>Not a rule yet.</source>
        <translation>Noch keine Regel.</translation>
    </message>
    <message>
        <source>all; or 443, 8000-8100, {groups}</source>
        <translation>alle; oder 443, 8000-8100, {groups}</translation>
    </message>
</context>
<context>
    <name>RulesModel</name>
    <message>
        <source>Verdict</source>
        <translation>Entscheidung</translation>
    </message>
    <message>
        <source>Covers</source>
        <translation>Umfasst</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>Gilt</translation>
    </message>
    <message>
        <source>Origin</source>
        <translation>Herkunft</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>{covers}, and what it starts</source>
        <translation>{covers}, und was sie startet</translation>
    </message>
    <message>
        <source>Another rule about the same is in force in its place.</source>
        <translation>An ihrer Stelle ist eine andere Regel über dasselbe in Kraft.</translation>
    </message>
</context>
<context>
    <name>RulesPage</name>
    <message>
        <source>%n rule is selected.|%n rules are selected.</source>
        <translation>%n Regel ist ausgewählt.|%n Regeln sind ausgewählt.</translation>
    </message>
    <message>
        <source>Choose an application to see its rules.</source>
        <translation>Wählen Sie eine Anwendung, um ihre Regeln zu sehen.</translation>
    </message>
    <message>
        <source>Identity of the application</source>
        <translation>Identität der Anwendung</translation>
    </message>
    <message>
        <source>&amp;Edit…</source>
        <translation>&amp;Bearbeiten …</translation>
    </message>
    <message>
        <source>&amp;Copy…</source>
        <translation>&amp;Kopieren …</translation>
    </message>
    <message>
        <source>Re&amp;move</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>What the selected rule does</source>
        <translation>Was die ausgewählte Regel bewirkt</translation>
    </message>
    <message>
        <source>No application fits what you look for.</source>
        <translation>Keine Anwendung passt zu dem, was Sie suchen.</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>Immer</translation>
    </message>
    <message>
        <source>Until reboot</source>
        <translation>Bis zum Neustart</translation>
    </message>
    <message>
        <source>Until a time</source>
        <translation>Bis zu einem Zeitpunkt</translation>
    </message>
    <message>
        <source>Until it quits</source>
        <translation>Bis zum Beenden</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>Nach Name</translation>
    </message>
    <message>
        <source>By last use</source>
        <translation>Nach letzter Nutzung</translation>
    </message>
    <message>
        <source>By traffic</source>
        <translation>Nach Datenverkehr</translation>
    </message>
    <message>
        <source>By rules</source>
        <translation>Nach Regeln</translation>
    </message>
    <message>
        <source>Search names, paths, destinations, notes</source>
        <translation>Namen, Pfade, Ziele, Notizen suchen</translation>
    </message>
    <message>
        <source>Search applications and rules</source>
        <translation>Anwendungen und Regeln suchen</translation>
    </message>
    <message>
        <source>No rules yet. Stile asks when an application wants to connect for the first time; your answers appear here.</source>
        <translation>Noch keine Regeln. Stile fragt, wenn sich eine Anwendung zum ersten Mal verbinden möchte; Ihre Antworten erscheinen hier.</translation>
    </message>
    <message>
        <source>Filter by verdict</source>
        <translation>Nach Entscheidung filtern</translation>
    </message>
    <message>
        <source>Any verdict</source>
        <translation>Jede Entscheidung</translation>
    </message>
    <message>
        <source>With problems</source>
        <translation>Mit Problemen</translation>
    </message>
    <message>
        <source>Filter by origin</source>
        <translation>Nach Herkunft filtern</translation>
    </message>
    <message>
        <source>Any origin</source>
        <translation>Jede Herkunft</translation>
    </message>
    <message>
        <source>Filter by lifetime</source>
        <translation>Nach Dauer filtern</translation>
    </message>
    <message>
        <source>Any lifetime</source>
        <translation>Jede Dauer</translation>
    </message>
    <message>
        <source>Sort by</source>
        <translation>Sortieren nach</translation>
    </message>
    <message>
        <source>Applications</source>
        <translation>Anwendungen</translation>
    </message>
    <message>
        <source>%n rule was written to {file}.|%n rules were written to {file}.</source>
        <translation>%n Regel wurde in {file} geschrieben.|%n Regeln wurden in {file} geschrieben.</translation>
    </message>
    <message>
        <source>Remove the rule about {name}</source>
        <translation>Regel für {name} entfernen</translation>
    </message>
    <message>
        <source>Another verdict for {name}</source>
        <translation>Andere Entscheidung für {name}</translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running: nothing can be changed here (systemctl start stiled).</source>
        <translation>Der Helfer von Stile läuft nicht: Hier kann nichts geändert werden (systemctl start stiled).</translation>
    </message>
    <message>
        <source>Switch the rule about {name} off</source>
        <translation>Regel für {name} ausschalten</translation>
    </message>
    <message>
        <source>Clean up %n rule|Clean up %n rules</source>
        <translation>%n Regel aufräumen|%n Regeln aufräumen</translation>
    </message>
    <message>
        <source>Export rules</source>
        <translation>Regeln exportieren</translation>
    </message>
    <message>
        <source>Remove %n rule|Remove %n rules</source>
        <translation>%n Regel entfernen|%n Regeln entfernen</translation>
    </message>
    <message>
        <source>Another verdict for %n rule|Another verdict for %n rules</source>
        <translation>Andere Entscheidung für %n Regel|Andere Entscheidung für %n Regeln</translation>
    </message>
    <message>
        <source>That cannot be undone any more: {why}.</source>
        <translation>Das kann nicht mehr rückgängig gemacht werden: {why}.</translation>
    </message>
    <message>
        <source>Add a rule about {name}</source>
        <translation>Regel für {name} hinzufügen</translation>
    </message>
    <message>
        <source>Change the rule about {name}</source>
        <translation>Regel für {name} ändern</translation>
    </message>
    <message>
        <source>Switch the rule about {name} on</source>
        <translation>Regel für {name} einschalten</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>Ent&amp;fernen</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Done: {what}.</source>
        <translation>Erledigt: {what}.</translation>
    </message>
    <message>
        <source>Undone: {what}.</source>
        <translation>Rückgängig gemacht: {what}.</translation>
    </message>
    <message>
        <source>Done again: {what}.</source>
        <translation>Wiederholt: {what}.</translation>
    </message>
    <message>
        <source>That cannot be done again any more: {why}.</source>
        <translation>Das kann nicht mehr wiederholt werden: {why}.</translation>
    </message>
    <message>
        <source>{file} could not be written: {reason}.</source>
        <translation>{file} konnte nicht geschrieben werden: {reason}.</translation>
    </message>
    <message>
        <source>Rules of this application</source>
        <translation>Regeln dieser Anwendung</translation>
    </message>
</context>
<context>
    <name>RulesToolbar</name>
    <message>
        <source>C&amp;lean up…</source>
        <translation>&amp;Aufräumen …</translation>
    </message>
    <message>
        <source>&amp;Add rule…</source>
        <translation>Regel &amp;hinzufügen …</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>&amp;Import…</source>
        <translation>&amp;Importieren …</translation>
    </message>
    <message>
        <source>E&amp;xport…</source>
        <translation>E&amp;xportieren …</translation>
    </message>
    <message>
        <source>C&amp;lean up ({count})…</source>
        <translation>&amp;Aufräumen ({count}) …</translation>
    </message>
</context>
<context>
    <name>ScopeChoice</name>
    <message>
        <source>This &amp;host</source>
        <translation>Dieser Re&amp;chner</translation>
    </message>
    <message>
        <source>T&amp;his address</source>
        <translation>&amp;Genau diese Adresse</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wohin</translation>
    </message>
    <message>
        <source>An&amp;ywhere</source>
        <translation>&amp;Überall</translation>
    </message>
    <message>
        <source>This doma&amp;in</source>
        <translation>Diese D&amp;omain</translation>
    </message>
    <message>
        <source>This &amp;network</source>
        <translation>Dieses I&amp;m Netz</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Any por&amp;t</source>
        <translation>Jeder Por&amp;t</translation>
    </message>
    <message>
        <source>This &amp;port</source>
        <translation>Dieser &amp;Port</translation>
    </message>
    <message>
        <source>Any pro&amp;tocol</source>
        <translation>Jedes Pro&amp;tokoll</translation>
    </message>
    <message>
        <source>This &amp;protocol</source>
        <translation>Dieses &amp;Protokoll</translation>
    </message>
    <message>
        <source>&amp;Port {port}</source>
        <translation>&amp;Port {port}</translation>
    </message>
</context>
<context>
    <name>Sentences</name>
    <message>
        <source>only applications with an allow rule reach the network</source>
        <translation>nur Anwendungen mit einer Erlaubnis kommen ins Netz</translation>
    </message>
    <message>
        <source>on the network {network}</source>
        <translation>im Netz {network}</translation>
    </message>
    <message>
        <source>once</source>
        <translation>einmal</translation>
    </message>
    <message>
        <source>No rule: it is about this connection alone. The next one is asked about again, and there will be nothing to take back.</source>
        <translation>Keine Regel: Es geht nur um diese Verbindung. Bei der nächsten wird wieder gefragt, und es gibt nichts zurückzunehmen.</translation>
    </message>
    <message>
        <source>{who} may use the network, {span}.</source>
        <translation>{who} darf ins Netz, {span}.</translation>
    </message>
    <message>
        <source>{who} may not use the network, {span}.</source>
        <translation>{who} darf nicht ins Netz, {span}.</translation>
    </message>
    <message>
        <source>{who} may not use the network, and is not told so, {span}.</source>
        <translation>{who} darf nicht ins Netz und erfährt es nicht, {span}.</translation>
    </message>
    <message>
        <source>You decide whether {who} may use the network, {span}.</source>
        <translation>Sie entscheiden, ob {who} ins Netz darf, {span}.</translation>
    </message>
    <message>
        <source>{who} may reach {scope}, {span}.</source>
        <translation>{who} darf {scope} erreichen, {span}.</translation>
    </message>
    <message>
        <source>{who} may not reach {scope}, {span}.</source>
        <translation>{who} darf {scope} nicht erreichen, {span}.</translation>
    </message>
    <message>
        <source>{who} may not reach {scope}, and is not told so, {span}.</source>
        <translation>{who} darf {scope} nicht erreichen und erfährt es nicht, {span}.</translation>
    </message>
    <message>
        <source>You decide whether {who} may reach {scope}, {span}.</source>
        <translation>Sie entscheiden, ob {who} {scope} erreichen darf, {span}.</translation>
    </message>
    <message>
        <source>{who} may be {scope}, {span}.</source>
        <translation>{who} darf {scope} sein, {span}.</translation>
    </message>
    <message>
        <source>{who} may not be {scope}, {span}.</source>
        <translation>{who} darf nicht {scope} sein, {span}.</translation>
    </message>
    <message>
        <source>{who} may not be {scope}, and is not told so, {span}.</source>
        <translation>{who} darf nicht {scope} sein und erfährt es nicht, {span}.</translation>
    </message>
    <message>
        <source>You decide whether {who} may be {scope}, {span}.</source>
        <translation>Sie entscheiden, ob {who} {scope} sein darf, {span}.</translation>
    </message>
    <message>
        <source>allowed</source>
        <translation>erlaubt</translation>
    </message>
    <message>
        <source>denied</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>dropped</source>
        <translation>verworfen</translation>
    </message>
    <message>
        <source>asked about</source>
        <translation>nachgefragt</translation>
    </message>
    <message>
        <source>this connection only</source>
        <translation>nur diese Verbindung</translation>
    </message>
    <message>
        <source>until it quits</source>
        <translation>bis sie beendet wird</translation>
    </message>
    <message>
        <source>until the next reboot</source>
        <translation>bis zum nächsten Neustart</translation>
    </message>
    <message>
        <source>forever</source>
        <translation>für immer</translation>
    </message>
    <message>
        <source>anywhere</source>
        <translation>jede Gegenstelle</translation>
    </message>
    <message>
        <source>{nearest}, in {first}</source>
        <translation>{nearest}, in {first}</translation>
    </message>
    <message>
        <source>{who} wants to {deed}</source>
        <translation>{who} möchte {deed}</translation>
    </message>
    <message>
        <source>{where}, port {port}</source>
        <translation>{where}, Port {port}</translation>
    </message>
    <message>
        <source>send {protocol} packets to {where}</source>
        <translation>{protocol}-Pakete an {where} senden</translation>
    </message>
    <message>
        <source>package {name}</source>
        <translation>Paket {name}</translation>
    </message>
    <message>
        <source>name {name}</source>
        <translation>Name {name}</translation>
    </message>
    <message>
        <source>port {port} from {where}</source>
        <translation>Port {port} von {where}</translation>
    </message>
    <message>
        <source>look up {name} (at the name server {address})</source>
        <translation>{name} nachschlagen (beim Nameserver {address})</translation>
    </message>
    <message>
        <source>accept a connection on port {port} from {address}</source>
        <translation>auf Port {port} eine Verbindung von {address} annehmen</translation>
    </message>
    <message>
        <source>ping {where}</source>
        <translation>{where} anpingen</translation>
    </message>
    <message>
        <source>connect to {where}</source>
        <translation>sich mit {where} verbinden</translation>
    </message>
    <message>
        <source>Another {who} is asked about.</source>
        <translation>Startet {who} noch einmal, wird wieder gefragt.</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>bis {time}</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>Port {port}</translation>
    </message>
    <message>
        <source>reached from {where}</source>
        <translation>erreichbar für {where}</translation>
    </message>
    <message>
        <source>user {user}</source>
        <translation>Benutzer {user}</translation>
    </message>
</context>
<context>
    <name>Services</name>
    <message>
        <source>name servers</source>
        <translation>Nameserver</translation>
    </message>
    <message>
        <source>time servers</source>
        <translation>Zeitserver</translation>
    </message>
    <message>
        <source>address servers (DHCP)</source>
        <translation>Adressserver (DHCP)</translation>
    </message>
    <message>
        <source>web servers</source>
        <translation>Webserver</translation>
    </message>
    <message>
        <source>printers</source>
        <translation>Drucker</translation>
    </message>
    <message>
        <source>devices (mDNS)</source>
        <translation>Geräte (mDNS)</translation>
    </message>
    <message>
        <source>devices (mDNS, LLMNR)</source>
        <translation>Geräte (mDNS, LLMNR)</translation>
    </message>
    <message>
        <source>looked up {name} at {address}</source>
        <translation>{name} nachgeschlagen bei {address}</translation>
    </message>
    <message>
        <source>port {port} from {where}</source>
        <translation>Port {port} von {where}</translation>
    </message>
    <message>
        <source>Looks up host names for everybody</source>
        <translation>Schlägt Rechnernamen für alle nach</translation>
    </message>
    <message>
        <source>Gets this machine its address</source>
        <translation>Holt diesem Rechner seine Adresse</translation>
    </message>
    <message>
        <source>Sets the clock</source>
        <translation>Stellt die Uhr</translation>
    </message>
    <message>
        <source>Fetches software and updates</source>
        <translation>Holt Software und Aktualisierungen</translation>
    </message>
    <message>
        <source>Fetches firmware updates</source>
        <translation>Holt Firmware-Aktualisierungen</translation>
    </message>
    <message>
        <source>Finds devices on the local network</source>
        <translation>Findet Geräte im lokalen Netz</translation>
    </message>
    <message>
        <source>Prints on the local network</source>
        <translation>Druckt im lokalen Netz</translation>
    </message>
    <message>
        <source>{where}, port {port}</source>
        <translation>{where}, Port {port}</translation>
    </message>
    <message>
        <source>{servers} on the local network</source>
        <translation>{servers} im lokalen Netz</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Settings of the helper were changed.</source>
        <translation>Einstellungen des Helfers wurden geändert.</translation>
    </message>
    <message>
        <source>&amp;Apply</source>
        <translation>&amp;Anwenden</translation>
    </message>
    <message>
        <source>Re&amp;vert</source>
        <translation>&amp;Zurücksetzen</translation>
    </message>
</context>
<context>
    <name>Summary</name>
    <message>
        <source>Belongs to</source>
        <translation>Gehört zu</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Started by</source>
        <translation>Gestartet von</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>Destination</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Which program this is was concluded, not seen: it was gone before it could be looked at.</source>
        <translation>Welches Programm das ist, wurde erschlossen, nicht gesehen: Es war schon weg, bevor es angesehen werden konnte.</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>Traffic</name>
    <message>
        <source>Traffic over time</source>
        <translation>Datenverkehr im Zeitverlauf</translation>
    </message>
    <message>
        <source>All others</source>
        <translation>Alle anderen</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Richtung</translation>
    </message>
    <message>
        <source>Sent and received</source>
        <translation>Gesendet und empfangen</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Empfangen</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Applications</source>
        <translation>Anwendungen</translation>
    </message>
    <message>
        <source>The history is off: nothing new is counted.</source>
        <translation>Der Verlauf ist ausgeschaltet: Neues wird nicht gezählt.</translation>
    </message>
    <message>
        <source>&amp;Hour</source>
        <translation>&amp;Stunde</translation>
    </message>
    <message>
        <source>&amp;Day</source>
        <translation>&amp;Tag</translation>
    </message>
    <message>
        <source>&amp;Month</source>
        <translation>&amp;Monat</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>Anwendung</translation>
    </message>
    <message>
        <source>Moved</source>
        <translation>Übertragen</translation>
    </message>
    <message>
        <source>The chart is drawn by QtCharts, which is not installed: install the package python3-pyside6.qtcharts, or stile-firewall[charts] with pip.</source>
        <translation>Das Diagramm zeichnet QtCharts, das nicht installiert ist: Installieren Sie das Paket python3-pyside6.qtcharts oder stile-firewall[charts] mit pip.</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Stile guards your connections</source>
        <translation>Stile wacht über Ihre Verbindungen</translation>
    </message>
    <message>
        <source>Open &amp;questions ({count})</source>
        <translation>&amp;Offene Fragen ({count})</translation>
    </message>
    <message>
        <source>Re&amp;view what was learned ({count})…</source>
        <translation>&amp;Gelerntes prüfen ({count}) …</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>Pause been&amp;den</translation>
    </message>
    <message>
        <source>&amp;Pause for 5 minutes</source>
        <translation>5 Minuten &amp;pausieren</translation>
    </message>
    <message>
        <source>End loc&amp;kdown</source>
        <translation>Sperre auf&amp;heben</translation>
    </message>
    <message>
        <source>Loc&amp;k down</source>
        <translation>Sperre&amp;n</translation>
    </message>
    <message>
        <source>R&amp;ules…</source>
        <translation>&amp;Regeln …</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>&amp;Einstellungen …</translation>
    </message>
    <message>
        <source>S&amp;ystem services…</source>
        <translation>S&amp;ystemdienste …</translation>
    </message>
    <message>
        <source>What this system &amp;lacks…</source>
        <translation>Was diesem System &amp;fehlt …</translation>
    </message>
    <message>
        <source>&amp;About Stile</source>
        <translation>&amp;Über Stile</translation>
    </message>
    <message>
        <source>Qu&amp;it</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running</source>
        <translation>Der Helfer von Stile läuft nicht</translation>
    </message>
    <message>
        <source>Stile: one application waits for your answer|Stile: %n applications wait for your answer</source>
        <translation>Stile: Eine Anwendung wartet auf Ihre Antwort|Stile: %n Anwendungen warten auf Ihre Antwort</translation>
    </message>
    <message>
        <source>Stile is locked down: only applications with an allow rule reach the network</source>
        <translation>Stile sperrt: Nur Anwendungen mit einer Erlaubnis kommen ins Netz</translation>
    </message>
    <message>
        <source>Stile is paused: unknown applications pass</source>
        <translation>Stile pausiert: Unbekannte Anwendungen kommen durch</translation>
    </message>
    <message>
        <source>Stile learns: unknown applications pass and are recorded</source>
        <translation>Stile lernt: Unbekannte Anwendungen kommen durch und werden aufgezeichnet</translation>
    </message>
    <message>
        <source>Stop l&amp;earning</source>
        <translation>&amp;Lernen beenden</translation>
    </message>
    <message>
        <source>L&amp;earn for an hour</source>
        <translation>Eine Stunde &amp;lernen</translation>
    </message>
    <message>
        <source>Stile guards, with gaps: {gaps}</source>
        <translation>Stile wacht, mit Lücken: {gaps}</translation>
    </message>
</context>
<context>
    <name>Undo</name>
    <message>
        <source>Take the answer back</source>
        <translation>Antwort zurücknehmen</translation>
    </message>
    <message>
        <source>Answered: {what}</source>
        <translation>Beantwortet: {what}</translation>
    </message>
    <message>
        <source>Undo ({seconds})</source>
        <translation>Rückgängig ({seconds})</translation>
    </message>
</context>
<context>
    <name>VerdictButtons</name>
    <message>
        <source>Deny &amp;silently</source>
        <translation>&amp;Stillschweigend ablehnen</translation>
    </message>
    <message>
        <source>The program hears nothing and waits until it gives up.</source>
        <translation>Das Programm erfährt nichts und wartet, bis es aufgibt.</translation>
    </message>
    <message>
        <source>&amp;Deny</source>
        <translation>&amp;Ablehnen</translation>
    </message>
    <message>
        <source>The program is told at once that it may not.</source>
        <translation>Dem Programm wird sofort gesagt, dass es das nicht darf.</translation>
    </message>
    <message>
        <source>&amp;Allow</source>
        <translation>&amp;Erlauben</translation>
    </message>
    <message>
        <source>The connection goes on as if nothing had been.</source>
        <translation>Die Verbindung geht weiter, als wäre nichts gewesen.</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>user {number}</source>
        <translation>Benutzer {number}</translation>
    </message>
</context>
</TS>
